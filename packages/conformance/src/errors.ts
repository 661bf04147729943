/** Every way in which a run can fail to be a run. */
export type ConformanceErrorCode =
  /** The spec and the cluster do not fit together: a rule that is about nothing, a persona with other groups. */
  | 'ERR_SPEC'
  /** Somebody could not log in, or is not who the spec says. */
  | 'ERR_LOGIN'
  /** The cluster could not be asked what it serves, or what the run needs in it could not be made. */
  | 'ERR_CLUSTER'
  /** There is no baseline to compare with, or nothing that could become one. */
  | 'ERR_BASELINE'
  /** Results that are not the parts of one run. */
  | 'ERR_MERGE'
  /** A file that a run is to write can't be written. */
  | 'ERR_REPORT'
  /** The journal of an interrupted run can not be read or written. */
  | 'ERR_STATE'

/** An error of the conformance suite itself, before or beside the cells; `code` tells them apart. */
export class ConformanceError extends Error {
  override readonly name = 'ConformanceError'
  readonly code: ConformanceErrorCode

  constructor(code: ConformanceErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
