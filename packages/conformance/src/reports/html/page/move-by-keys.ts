/**
 * Arrow keys, Home and End in the table (WAI-ARIA's grid pattern): for the Tab key the table is one stop, the cell
 * where one was last.
 */
export function moveByKeys(table: HTMLTableElement): void {
  table.addEventListener('keydown', (event) => {
    const cell = event.target instanceof Element ? event.target.closest('td') : null
    const row = cell?.closest('tr')
    if (!cell || !row) return
    const rows = [...table.querySelectorAll('tr')].filter((one) => one.querySelector('button'))
    const at = rows.indexOf(row)
    const inRow = [...row.querySelectorAll('button')]
    const column = inRow.findIndex((button) => cell.contains(button))
    const inRowAt = (index: number) => {
      const other = rows[index]
      return other?.cells[cell.cellIndex]?.querySelector('button') ?? other?.querySelector('button')
    }
    const targets: Readonly<Record<string, HTMLButtonElement | null | undefined>> = {
      ArrowRight: inRow[column + 1],
      ArrowLeft: inRow[column - 1],
      ArrowDown: inRowAt(at + 1),
      ArrowUp: inRowAt(at - 1),
      Home: inRow[0],
      End: inRow.at(-1),
    }
    if (!Object.hasOwn(targets, event.key)) return
    event.preventDefault()
    targets[event.key]?.focus()
  })
  table.addEventListener('focusin', ({ target }) => {
    if (!(target instanceof HTMLButtonElement)) return
    for (const one of table.querySelectorAll('button[tabindex="0"]')) one.setAttribute('tabindex', '-1')
    target.tabIndex = 0
  })
}
