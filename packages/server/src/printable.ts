/**
 * What a terminal obeys or does not show: controls, line and paragraph separators, what turns the direction of
 * writing (https://trojansource.codes), characters without width, and halves of a surrogate pair.
 */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu

/**
 * Text that others gave, for a terminal: what would not be seen is written as an escape (as JSON has them), so that
 * it can neither control the terminal, nor look like a line of its own, nor like another text. Pure.
 */
export function printable(text: string): string {
  return text.replaceAll(UNSEEN, escaped)
}

/** The same for text of several lines, such as a log: line breaks and tabs stay. Pure. */
export function printableLines(text: string): string {
  return text.replaceAll(UNSEEN, (character) =>
    character === '\n' || character === '\t' ? character : escaped(character),
  )
}

/** One escape for each UTF-16 unit, as in JSON: a log line in JSON means the same afterwards. */
function escaped(character: string): string {
  return character.replaceAll(/[^]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
