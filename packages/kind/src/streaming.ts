/** A promise that can also be read as a stream of what happens until it settles. */
export interface Streaming<Result, Event> extends Promise<Result>, AsyncIterable<Event> {}

/**
 * Starts `work` and makes its reports readable, from the beginning however late one begins to read. The stream
 * ends when the promise resolves and fails when it rejects. To stop reading does not stop the work.
 */
export function streaming<Result, Event>(
  work: (report: (event: Event) => void) => Promise<Result>,
): Streaming<Result, Event> {
  const events: Event[] = []
  let changed = Promise.withResolvers<void>()
  const tell = () => {
    changed.resolve()
    changed = Promise.withResolvers<void>()
  }
  const promise = work((event) => {
    events.push(event)
    tell()
  })
  let isSettled = false
  const settle = () => {
    isSettled = true
    tell()
  }
  // Someone who only reads gets the failure there; it must not be an unhandled rejection here.
  promise.then(settle, settle)

  async function* read(): AsyncGenerator<Event, void, undefined> {
    for (let next = 0; ;) {
      const news = changed.promise
      while (next < events.length) yield events[next++]!
      if (isSettled) break
      await news
    }
    await promise
  }
  return Object.assign(promise, { [Symbol.asyncIterator]: read })
}
