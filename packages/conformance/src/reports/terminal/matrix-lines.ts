import { printable } from '@gatehouse/server/printable'
import type { Colors } from 'picocolors/types.js'
import type { Cell, RunResult } from '../../result.ts'
import { type Matrix, type MatrixMark, matrixOf } from '../matrix.ts'
import { type State, STATES, stateOf } from '../state.ts'
import { USUAL_VERBS, VERB_LETTERS } from '../verbs.ts'

/** The matrix, one letter for each verb that is allowed, and what the signs mean. Pure. */
export function matrixLines(result: RunResult, colors: Colors): string[] {
  const matrix = printableMatrix(matrixOf(result))
  if (matrix.sections.length === 0) return ['Nothing was asked.']
  const widths = widthsOf(matrix, result.cells)
  return [
    ...matrix.sections.flatMap((section) => [
      row([title(section), ...matrix.personas], widths, (text) => colors.bold(text)),
      ...section.rows.map(({ target, marks }) =>
        paintedRow(
          target,
          marks.map((ofPersona) => marksOf(ofPersona, result.cells)),
          widths,
          colors,
        ),
      ),
      '',
    ]),
    legend,
    '',
  ]
}

/** Names are what a spec, a cluster's discovery or somebody else's result say. */
function printableMatrix({ personas, sections }: Matrix): Matrix {
  const printableMark = (mark: MatrixMark) => ({ ...mark, verb: printable(mark.verb) })
  return {
    personas: personas.map(printable),
    sections: sections.map(({ place, namespace, rows }) => ({
      place: printable(place),
      namespace: printable(namespace),
      rows: rows.map(({ target, marks }) => ({
        target: printable(target),
        marks: marks.map((ofPersona) => ofPersona.map(printableMark)),
      })),
    })),
  }
}

const legend = [
  [...VERB_LETTERS].map(([verb, letter]) => `${letter} ${verb}`).join(', '),
  ...STATES.filter(({ sign }) => sign !== '').map(({ sign, words }) => `${sign} ${words}`),
].join('; ')

interface Mark {
  readonly text: string
  readonly state: State | undefined
}

/** Eight places for the usual verbs, and a word for each other one. */
function marksOf(marks: readonly MatrixMark[], cells: readonly Cell[]): Mark[] {
  const stateOfMark = (mark: MatrixMark) => stateOf(mark.cells.map((index) => cells[index]!))
  const usual = USUAL_VERBS.map((verb): Mark => {
    const mark = marks.find((one) => one.verb === verb)
    if (!mark) return { text: ' ', state: undefined }
    const state = stateOfMark(mark)
    return { text: state.state === 'allowed' ? VERB_LETTERS.get(verb)! : state.sign, state }
  })
  const others = marks
    .filter(({ verb }) => !VERB_LETTERS.has(verb))
    .map((mark): Mark => {
      const state = stateOfMark(mark)
      return { text: ` ${state.sign}${mark.verb}`, state }
    })
  const lastUsual = usual.findLastIndex(({ state }) => state !== undefined)
  return [...(others.length === 0 ? usual.slice(0, lastUsual + 1) : usual), ...others]
}

function widthsOf({ sections, personas }: Matrix, cells: readonly Cell[]): number[] {
  const length = (marks: readonly Mark[]) => marks.reduce((sum, { text }) => sum + text.length, 0)
  const rows = sections.flatMap((section) => section.rows)
  const titles = [...sections.map(title), ...rows.map(({ target }) => target)]
  return [
    Math.max(...titles.map((text) => text.length)),
    ...personas.map((id, index) =>
      Math.max(id.length, ...rows.map(({ marks }) => length(marksOf(marks[index]!, cells)))),
    ),
  ]
}

function row(columns: readonly string[], widths: readonly number[], paint: (text: string) => string): string {
  return columns
    .map((text, index) => paint(index === columns.length - 1 ? text : text.padEnd(widths[index]!)))
    .join('  ')
}

function paintedRow(
  target: string,
  marks: readonly (readonly Mark[])[],
  widths: readonly number[],
  colors: Colors,
): string {
  const cells = marks.map((ofPersona, index) => {
    const painted = ofPersona.map(({ text, state }) => (state ? paintOf(state, colors)(text) : text)).join('')
    const length = ofPersona.reduce((sum, { text }) => sum + text.length, 0)
    return painted + ' '.repeat(index === marks.length - 1 ? 0 : widths[index + 1]! - length)
  })
  return [target.padEnd(widths[0]!), ...cells].join('  ').trimEnd()
}

function paintOf({ state }: State, colors: Colors): (text: string) => string {
  if (state === 'allowed') return colors.green
  if (state === 'denied') return colors.dim
  return state === 'fail' || state === 'disagreement' ? colors.red : colors.yellow
}

function title({ place, namespace }: { place: string; namespace: string }): string {
  return namespace === '' ? place : `${place} (${namespace})`
}
