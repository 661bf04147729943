/**
 * The value that a field selector requires `field` to have, if it requires exactly one: Go's
 * `fields.ParseSelector(…).RequiresExactMatch(field)`. Undefined when it does not, null when the selector
 * can't be parsed.
 */
export function requiredFieldValue(selector: string, field: string): string | undefined | null {
  let found: string | undefined
  for (const term of splitTerms(selector).toSorted(compareBytes)) {
    if (term === '') continue
    const match = /^(.*?)(!=|==|=)(.*)$/s.exec(term)
    if (!match) return null
    const [, name = '', operator, rawValue = ''] = match
    const value = unescapeValue(rawValue)
    if (value === null) return null
    const isNothing = name === '' && value === ''
    if (operator !== '!=' && name === field && !isNothing) found ??= value
  }
  return found
}

/** Splits at commas that no backslash precedes; the backslashes stay. */
function splitTerms(selector: string): string[] {
  const terms: string[] = []
  let start = 0
  let escaped = false
  for (let index = 0; index < selector.length; index++) {
    const character = selector[index]
    if (escaped) escaped = false
    else if (character === '\\') escaped = true
    else if (character === ',') {
      terms.push(selector.slice(start, index))
      start = index + 1
    }
  }
  terms.push(selector.slice(start))
  return terms
}

/** Null when an escape sequence is unknown, or `,` or `=` stand unescaped. */
function unescapeValue(value: string): string | null {
  if (!/[\\,=]/.test(value)) return value
  return /^(?:\\[\\,=]|[^\\,=])*$/s.test(value) ? value.replaceAll(/\\([\\,=])/g, '$1') : null
}

/** The order of Go's strings, which is that of their UTF-8 bytes. */
function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}
