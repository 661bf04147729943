import type { Cell } from '../../../result.ts'
import type { MatrixMark, MatrixRow, MatrixSection } from '../../matrix.ts'
import { type State, stateOf } from '../../state.ts'
import { VERB_LETTERS } from '../../verbs.ts'
import type { ReportData } from '../data.ts'
import { element } from './elements.ts'

/** What is to be seen; empty means all. */
export interface Filters {
  /** Part of a row's name, in lower case. */
  readonly text: string
  readonly place: string
  readonly persona: string
  readonly path: string
  /** A state, a verdict, or `problems`. */
  readonly show: string
}

/** Called when somebody opens a cell of the table. */
export type Open = (title: string, cells: readonly Cell[]) => void

interface Persona {
  readonly id: string
  readonly index: number
}

/** Fills the table with what the filters let through; returns the number of rows. */
export function fillMatrix(table: HTMLTableElement, data: ReportData, filters: Filters, open: Open): number {
  const personas = data.matrix.personas
    .map((id, index) => ({ id, index }))
    .filter(({ id }) => filters.persona === '' || filters.persona === id)
  const sections = data.matrix.sections
    .filter(({ place }) => filters.place === '' || filters.place === place)
    .map((section) => ({ section, rows: rowsOf(section, data, filters, personas, open) }))
    .filter(({ rows }) => rows.length > 0)
  table.replaceChildren(
    headOf(personas),
    ...sections.map(({ section, rows }) => {
      const name = element('th', placeOf(section), 'place')
      name.scope = 'rowgroup'
      name.colSpan = personas.length + 1
      const title = element('tr')
      title.append(name)
      const body = element('tbody')
      body.append(title, ...rows)
      return body
    }),
  )
  const first = table.querySelector('button')
  if (first) first.tabIndex = 0
  return sections.reduce((sum, { rows }) => sum + rows.length, 0)
}

export function placeOf({ place, namespace }: MatrixSection): string {
  return namespace === '' ? place : `${place} (${namespace})`
}

function headOf(personas: readonly Persona[]): HTMLTableSectionElement {
  const line = element('tr')
  for (const title of ['Resource', ...personas.map(({ id }) => id)]) {
    const cell = element('th', title)
    cell.scope = 'col'
    line.append(cell)
  }
  const head = element('thead')
  head.append(line)
  return head
}

/** Rows without anything to show are left out. */
function rowsOf(
  section: MatrixSection,
  data: ReportData,
  filters: Filters,
  personas: readonly Persona[],
  open: Open,
): HTMLTableRowElement[] {
  const rows = section.rows.filter(({ target }) => target.toLowerCase().includes(filters.text))
  return rows.flatMap((row) => {
    const places = personas.map(({ id, index }) => ({
      title: `${id}, ${row.target}, ${placeOf(section)}`,
      marks: marksOf(row, index, data, filters.path),
    }))
    const isShown = places.some(({ marks }) => marks.some(({ cells }) => cells.some(isWanted(filters.show))))
    if (!isShown) return []
    const name = element('th', row.target)
    name.scope = 'row'
    const line = element('tr')
    line.append(name, ...places.map(({ title, marks }) => cellOf(title, marks, open)))
    return [line]
  })
}

interface Mark {
  readonly verb: string
  readonly cells: readonly Cell[]
  readonly state: State
}

function marksOf(row: MatrixRow, persona: number, { run }: ReportData, path: string): Mark[] {
  const cellsOf = (mark: MatrixMark) =>
    mark.cells.map((index) => run.cells[index]!).filter((cell) => path === '' || cell.path === path)
  return row.marks[persona]!.map((mark) => ({ verb: mark.verb, cells: cellsOf(mark) }))
    .filter(({ cells }) => cells.length > 0)
    .map((mark) => ({ ...mark, state: stateOf(mark.cells) }))
}

function isWanted(show: string): (cell: Cell) => boolean {
  return ({ verdict, actual }) => {
    if (show === '') return true
    if (show === 'problems') return verdict !== 'pass' && verdict !== 'uncovered'
    return verdict === show || actual.result === show
  }
}

function cellOf(title: string, marks: readonly Mark[], open: Open): HTMLTableCellElement {
  const place = element('td')
  if (marks.length === 0) return place
  const button = element('button', '', `marks ${urgencyOf(marks)}`)
  button.type = 'button'
  button.tabIndex = -1
  const words = marks.map(({ verb, state }) => `${verb} ${state.words}`)
  const signs = element('span')
  signs.ariaHidden = 'true'
  signs.append(...marks.map(({ verb, state }) => element('span', signOf(verb, state), state.state)))
  button.append(element('span', `${title}: ${words.join(', ')}`, 'unseen'), signs)
  button.addEventListener('click', () => {
    open(
      title,
      marks.flatMap(({ cells }) => cells),
    )
  })
  place.append(button)
  return place
}

function signOf(verb: string, { sign, state }: State): string {
  const letter = VERB_LETTERS.get(verb)
  if (letter === undefined) return ` ${sign}${verb}`
  return state === 'allowed' ? letter : sign
}

function urgencyOf(marks: readonly Mark[]): string {
  const has = (...states: readonly string[]) => marks.some(({ state }) => states.includes(state.state))
  return has('fail', 'disagreement') ? 'has-problem' : has('inconclusive') ? 'is-open' : ''
}
