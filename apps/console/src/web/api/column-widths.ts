import { type Column, type Row, textOf } from './table.ts'

/** The arrows of a heading that sorts, in characters. */
const ARROWS = 5
/** `999d23h`, and the edge of the table. */
const AGE = 9
/** What is longer is cut off. */
const LONGEST = 26
/** How many rows are looked at: the others are alike. */
const SAMPLE = 200

/** How wide each column wants to be, in characters: the heading is whole, and most texts are. Pure. */
export function columnWidths(columns: readonly Column[], rows: readonly Row[]): number[] {
  const sample = rows.slice(0, SAMPLE)
  return columns.map((column) => {
    const lengths = column.kind === 'age' ? [AGE] : sample.map((row) => textOf(row, column).length)
    return Math.max(column.title.length + ARROWS, Math.min(LONGEST, Math.max(0, ...lengths)))
  })
}
