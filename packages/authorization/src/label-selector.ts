/** Kinds of tokens; `word` is an identifier, and `in` and `notin` where a value may stand. */
type Token = string

const OPERATORS = new Set(['=', '==', '!=', '<', '>', 'in', 'notin'])
const PUNCTUATION = new Set(['=', '==', '!=', '<', '>', '(', ')', ',', '!'])

/**
 * Whether `labels.Parse` of k8s.io/apimachinery accepts this selector. Only its verdict matters here: a
 * list request whose options don't parse is authorized without a name.
 */
export function isLabelSelector(selector: string): boolean {
  const tokens = tokenize(selector)
  if (tokens === undefined) return false
  let position = 0
  const peek = () => tokens[position]
  const next = () => tokens[position++]
  while (peek() !== undefined) {
    const negated = peek() === '!'
    if (negated) position++
    const key = next()
    if (!isWord(key) || !isLabelKey(key)) return false
    if (peek() !== undefined && peek() !== ',') {
      if (negated) return false
      const operator = next()
      if (operator === undefined || !OPERATORS.has(operator)) return false
      const isSet = operator === 'in' || operator === 'notin'
      const values = isSet ? readSet() : readValue()
      if (values === undefined || !values.every(isLabelValue)) return false
      if ((operator === '<' || operator === '>') && !values.every(isInteger)) return false
    }
    if (peek() === undefined) return true
    if (next() !== ',') return false
    if (!isWord(peek()) && peek() !== '!') return false
  }
  return true

  function readValue(): string[] | undefined {
    if (peek() === undefined || peek() === ',') return ['']
    const value = next()
    return isWord(value) ? [value] : undefined
  }

  /** `(a,,b)`: any of its values may be empty, but no two words may stand together. */
  function readSet(): string[] | undefined {
    if (next() !== '(') return undefined
    const values: string[] = []
    for (let afterWord = false; ;) {
      const token = next()
      if (token === ')') return values
      if (token === ',') afterWord = false
      else if (!afterWord && isWord(token)) {
        values.push(token)
        afterWord = true
      } else return undefined
    }
  }
}

function isWord(token: Token | undefined): token is string {
  return token !== undefined && !PUNCTUATION.has(token)
}

/** Undefined where special characters make no token. */
function tokenize(selector: string): Token[] | undefined {
  const tokens: Token[] = []
  const pattern = /[ \t\r\n]+|==|!=|[=!(),><]|[^=!(),>< \t\r\n]+/gy
  for (const match of selector.matchAll(pattern)) {
    if (!/^[ \t\r\n]/.test(match[0])) tokens.push(match[0])
  }
  return tokens
}

/** `content.IsLabelKey`: an optional DNS subdomain and a slash, then a name of at most 63 characters. */
function isLabelKey(key: string): boolean {
  const [first = '', second, ...rest] = key.split('/')
  if (rest.length > 0) return false
  const name = second ?? first
  if (second !== undefined && !isDnsSubdomain(first)) return false
  return name.length <= 63 && /^[A-Za-z0-9]([\w.-]*[A-Za-z0-9])?$/.test(name)
}

function isDnsSubdomain(text: string): boolean {
  return text.length <= 253 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(text)
}

function isLabelValue(value: string): boolean {
  return value.length <= 63 && /^([A-Za-z0-9]([\w.-]*[A-Za-z0-9])?)?$/.test(value)
}

/** Go's `strconv.ParseInt(value, 10, 64)`. */
export function isInteger(value: string): boolean {
  if (!/^[+-]?\d+$/.test(value)) return false
  const number = BigInt(value.replace(/^\+/, ''))
  return number === BigInt.asIntN(64, number)
}
