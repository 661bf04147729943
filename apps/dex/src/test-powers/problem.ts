import { STATUS_CODES } from 'node:http'

/** One thing that is wrong with a body; `path` is a JSON pointer. */
export interface BodyProblem {
  readonly path: string
  readonly message: string
}

/** A request of the test powers that is refused; it becomes a problem document (RFC 9457). */
export class ProblemError extends Error {
  override readonly name = 'ProblemError'
  readonly status: number
  readonly problems: readonly BodyProblem[] | undefined

  constructor(status: number, detail: string, problems?: readonly BodyProblem[]) {
    super(detail)
    this.status = status
    this.problems = problems
  }
}

/** The document for `error`. Pure. */
export function problemDocument({ status, message, problems }: ProblemError): object {
  return {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail: message,
    ...(problems ? { problems } : {}),
  }
}
