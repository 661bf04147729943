import type { RunResult } from '../result.ts'
import { targetOf } from './describe.ts'
import { USUAL_VERBS } from './verbs.ts'

/** Everything that was asked, as a table: places, what is there, personas, verbs. */
export interface Matrix {
  readonly personas: readonly string[]
  readonly sections: readonly MatrixSection[]
}

export interface MatrixSection {
  /** The place of the spec. */
  readonly place: string
  /** What stands for it; empty for the cluster. */
  readonly namespace: string
  readonly rows: readonly MatrixRow[]
}

export interface MatrixRow {
  readonly target: string
  /** One list for each persona, in the order of the verbs. */
  readonly marks: readonly (readonly MatrixMark[])[]
}

/** One verb of one persona. */
export interface MatrixMark {
  readonly verb: string
  /** Places in the result's list of cells: one for each path and transport. */
  readonly cells: readonly number[]
}

/** Orders the cells of a run into a table; rows are sorted, places and personas are in the result's order. Pure. */
export function matrixOf({ cells, personas, places }: RunResult): Matrix {
  const byPlace = new Map<string, Map<string, Map<string, Map<string, number[]>>>>()
  const namespaces = new Map<string, string>()
  for (const [index, cell] of cells.entries()) {
    namespaces.set(cell.place, cell.namespace)
    const rows = getOr(byPlace, cell.place, () => new Map())
    const ofPersonas = getOr(rows, targetOf(cell), () => new Map())
    const ofVerbs = getOr(ofPersonas, cell.persona, () => new Map())
    getOr(ofVerbs, cell.verb, () => []).push(index)
  }
  const ids = unique([...personas.map(({ id }) => id), ...cells.map(({ persona }) => persona)])
  const known = places.map(({ id }) => id).filter((id) => byPlace.has(id))
  return {
    personas: ids,
    sections: unique([...known, ...byPlace.keys()]).map((place) => ({
      place,
      namespace: namespaces.get(place)!,
      rows: [...byPlace.get(place)!]
        .toSorted(([a], [b]) => a.localeCompare(b))
        .map(([target, ofPersonas]) => ({
          target,
          marks: ids.map((id) => marksOf(ofPersonas.get(id) ?? new Map())),
        })),
    })),
  }
}

function marksOf(ofVerbs: ReadonlyMap<string, number[]>): MatrixMark[] {
  return [...ofVerbs]
    .toSorted(([a], [b]) => orderOf(a) - orderOf(b) || a.localeCompare(b))
    .map(([verb, cells]) => ({ verb, cells }))
}

function orderOf(verb: string): number {
  const index = USUAL_VERBS.indexOf(verb)
  return index === -1 ? USUAL_VERBS.length : index
}

function getOr<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = make()
  map.set(key, made)
  return made
}

function unique<T>(items: readonly T[]): T[] {
  return [...new Set(items)]
}
