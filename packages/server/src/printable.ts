/**
 * Text that others gave, for a terminal: control characters are written as escapes, so that it can neither control
 * the terminal nor look like a line of its own. Pure.
 */
export function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex -- they are what this is about
  return text.replaceAll(/[\u0000-\u001F\u007F-\u009F\u2028\u2029]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}
