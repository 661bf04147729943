/** An XML element; attributes that are undefined are left out. */
export interface Element {
  readonly name: string
  readonly attributes?: Readonly<Record<string, string | number | undefined>>
  readonly children?: readonly (Element | string)[]
}

/** An XML 1.0 document in UTF-8. Characters that XML can not hold become U+FFFD. Pure. */
export function xmlDocument(root: Element): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${render(root, '')}\n`
}

function render({ name, attributes = {}, children = [] }: Element, indent: string): string {
  const pairs = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${escape(String(value))}"`)
  const start = `${indent}<${name}${pairs.join('')}`
  if (children.length === 0) return `${start}/>`
  const [only, ...others] = children
  if (typeof only === 'string' && others.length === 0) return `${start}>${escape(only)}</${name}>`
  const inner = children.map((child) =>
    typeof child === 'string' ? escape(child) : render(child, `${indent}  `),
  )
  return `${start}>\n${inner.join('\n')}\n${indent}</${name}>`
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  // In attributes a reader makes spaces of them.
  '\n': '&#10;',
  '\r': '&#13;',
  '\t': '&#9;',
}

function escape(text: string): string {
  return (
    text
      .toWellFormed()
      // oxlint-disable-next-line no-control-regex -- what is not a Char of XML 1.0
      .replaceAll(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/g, '\uFFFD')
      .replaceAll(/[&<>"\n\r\t]/g, (character) => ENTITIES[character]!)
  )
}
