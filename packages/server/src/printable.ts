/**
 * Text that others gave, for a terminal: control characters, and those that hide or turn around what is beside them,
 * are written as escapes. So it can neither control the terminal nor look like another line or name. Pure.
 */
export function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex -- they are what this is about
  return text.replaceAll(
    /[\u0000-\u001F\u007F-\u009F\u061C\u200B-\u200F\u2028-\u202E\u2060-\u2069\uFEFF]/g,
    (character) => {
      return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
    },
  )
}
