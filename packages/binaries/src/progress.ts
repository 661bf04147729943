import type { BinaryName } from './catalogue.ts'

/** `check`: looked for in the given places and the cache; then perhaps `download` or `build`; at last `done`. */
export type Phase = 'check' | 'download' | 'build' | 'done'

/** One step forward, for a bar or a line. */
export interface Progress {
  readonly binary: BinaryName
  readonly phase: Phase
  /** How much of this phase is done, 0 to 1; absent where that can't be known. Never falls within a phase. */
  readonly fraction?: number
  /** One line for people. */
  readonly message: string
}

/** Takes what one executable's steps report; the executable's name is added by the caller. */
export type Report = (step: Omit<Progress, 'binary'>) => void
