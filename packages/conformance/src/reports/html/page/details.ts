import type { Cell } from '../../../result.ts'
import { byId, element } from './elements.ts'

/** Shows what was asked and answered for some cells. */
export function showDetails(dialog: HTMLDialogElement, title: string, cells: readonly Cell[]): void {
  byId('details-title', HTMLHeadingElement).textContent = title
  byId('details-cells', HTMLDivElement).replaceChildren(...cells.map(detailsOf))
  dialog.showModal()
}

function detailsOf(cell: Cell): HTMLDListElement {
  const list = element('dl')
  for (const [name, value, className] of factsOf(cell)) {
    if (value !== '') list.append(element('dt', name), element('dd', value, className))
  }
  return list
}

function factsOf(cell: Cell): (readonly [name: string, value: string, className?: string])[] {
  const { verb, path, transport, expected, actual, verdict, why, rule, canI, explanation } = cell
  const { request, status, reason, message, auditId, durationMs, attempts } = actual.evidence
  const tone = verdict === 'pass' ? 'good' : verdict === 'uncovered' ? '' : 'bad'
  return [
    ['Verb', `${verb}, by ${path}${transport === 'http' ? '' : ` over ${transport}`}`],
    ['Verdict', `${verdict}: expected ${expected ?? 'nothing'}, was ${actual.result}`, tone],
    ['What is wrong', why],
    ['Why', explanation?.text ?? ''],
    ['Expected by', rule],
    ['Request', request],
    ['Answer', [status ?? 'none', reason, message].filter((part) => part !== '').join(' ')],
    ['Audit-ID', auditId],
    ['can-i', canI === null ? '' : canI ? 'yes' : 'no'],
    ['Took', `${durationMs.toFixed(1)} ms${attempts > 1 ? `, ${attempts} attempts` : ''}`],
  ]
}
