/** `skipped` says that something was not looked at and why; it is no problem. */
export type Level = 'ok' | 'warning' | 'error' | 'skipped'

/** What a check has to say about one thing. */
export interface Judgement {
  readonly level: Level
  /** One sentence without a full stop; what was seen. */
  readonly message: string
  /** What to do about it; every warning and every error has one. */
  readonly remedy?: string
}

/** A judgement and the name of the check that it comes from; `gatehouse doctor --json` prints these. */
export interface Finding extends Judgement {
  readonly check: string
}

export const ok = (message: string): Judgement => ({ level: 'ok', message })
export const warning = (message: string, remedy: string): Judgement => ({ level: 'warning', message, remedy })
export const error = (message: string, remedy: string): Judgement => ({ level: 'error', message, remedy })
export const skipped = (message: string, remedy?: string): Judgement => ({
  level: 'skipped',
  message,
  ...(remedy === undefined ? {} : { remedy }),
})
