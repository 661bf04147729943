/** A request that can't be answered as asked; it becomes an error page with `status` and the message. */
export class RequestError extends Error {
  override readonly name = 'RequestError'
  readonly status: 400 | 413 | 415

  constructor(status: 400 | 413 | 415, message: string) {
    super(message)
    this.status = status
  }
}
