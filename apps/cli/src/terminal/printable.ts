/**
 * A name that somebody else chose (it may come from a token), with what a terminal would take for commands,
 * or hide, as escapes: control and format characters, and half surrogate pairs. Pure.
 */
export function printable(name: string): string {
  return name.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (character) => {
    const code = character.codePointAt(0)!.toString(16)
    return `\\u${code.length > 4 ? `{${code}}` : code.padStart(4, '0')}`
  })
}
