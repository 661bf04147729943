import type { Cell } from '../access-table.ts'
import type { Ended, Terminal, Workplace } from '../gatehouse.ts'
import type { Observer } from '../observer.ts'

/** One question of kubectl to the API server; the resource is the cell's where none is named. */
export interface Ask {
  /** As the refusal spells it; a pattern where kubectl has two ways to ask. */
  readonly verb: string
  readonly resource?: string
  readonly subresource?: string
  readonly path?: string
  readonly namespace?: string
}

/** A cell that is being tried. */
export interface Attempt {
  readonly cell: Cell
  readonly terminal: Terminal
  readonly observer: Observer
  readonly stack: Workplace
  /** The namespace that the command is for, if the place is one. */
  readonly namespace: string | undefined
  /** The object that the command is about. */
  readonly name: string
}

/** A kubectl command: how it is typed, what it asks for, and how one sees that it worked. */
export interface Command {
  /**
   * What it is about: nothing of the command's own; an object that is there for all; an object that it will
   * change; or one that is not there yet.
   */
  readonly about: 'nothing' | 'shared' | 'changed' | 'absent'
  /** What kubectl asks for, in kubectl's order: the first of them that is not allowed is in the refusal. */
  readonly asks: (resource: string) => readonly Ask[]
  readonly run: (attempt: Attempt) => Promise<Ended>
  /** Rejects unless the command, which ended well, did what it is for. */
  readonly effect: (attempt: Attempt, ended: Ended) => Promise<void>
}

/** `-n NAMESPACE`, if there is one. */
export function inNamespace(namespace: string | undefined): string[] {
  return namespace === undefined ? [] : ['-n', namespace]
}
