import { cellText, type Row } from './table.ts'

/** What can be found of a row; rows never change, so it is made once for each. */
const texts = new WeakMap<Row, string>()

/** The rows in which every word of `filter` stands somewhere: name, namespace, a cell or `label=value`. Pure. */
export function filterRows(rows: readonly Row[], filter: string): readonly Row[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return rows
  return rows.filter((row) => {
    const text = searchText(row)
    return words.every((word) => text.includes(word))
  })
}

function searchText(row: Row): string {
  const known = texts.get(row)
  if (known !== undefined) return known
  const { metadata, cells } = row
  const labels = Object.entries(metadata.labels ?? {}).map(([key, value]) => `${key}=${value}`)
  const text = [metadata.name, metadata.namespace ?? '', ...cells.map(cellText), ...labels]
    .join('\n')
    .toLowerCase()
  texts.set(row, text)
  return text
}
