import type { ServerResponse } from 'node:http'
import type { RequestInfo } from '@gatehouse/authorization'
import type { Caller } from './caller.ts'
import type { HeaderList } from './cors.ts'
import type { Refusal } from './refusal.ts'
import { refusalOf, writeHead } from './respond.ts'
import { isLongRunning, type Streams } from './streams.ts'
import type { ExchangeEvents } from './upstream/connection.ts'
import type { RequestTrace } from './tracing/request-trace.ts'
import type { Exchange } from './upstream/exchange.ts'

/** What the way of an answer to the client needs of the request that it answers. */
export interface Relayed {
  readonly response: ServerResponse
  readonly info: RequestInfo
  readonly caller: Caller
  readonly trace: RequestTrace | undefined
  /** Header lines of the proxy for the client. */
  readonly ours: HeaderList
  /** The exchange failed before an answer; the client has got nothing yet. */
  readonly refuse: (refusal: Refusal) => void
  /** The answer was cut; the log wants to know why. */
  readonly note: (reason: string) => void
}

export interface Relay extends Omit<ExchangeEvents, 'onDrain'> {
  /** From now on a long answer ends when the credential does, or the process. */
  endWithCredential(): void
}

/**
 * Streams an answer to the client, with backpressure. When the API server goes in the middle of an answer, so
 * does the answer, since its end must not look like one.
 */
export function createRelay(relayed: Relayed, streams: Streams, exchange: () => Exchange): Relay {
  const { response, info, caller, trace, ours, refuse, note } = relayed
  const isLong = isLongRunning(info)
  let isAnswered = false
  return {
    onHead(head) {
      isAnswered = true
      trace?.answered(head.status)
      writeHead(response, head, ours)
      // A watch tells that it has begun before its first event.
      if (isLong) response.flushHeaders()
    },
    onData(data) {
      if (response.write(data)) return
      exchange().pause()
      response.once('drain', () => exchange().resume())
    },
    onEnd() {
      trace?.endUpstream()
      response.end()
    },
    onError(error) {
      trace?.endUpstream(error)
      if (!isAnswered) return refuse(refusalOf(error))
      note(error.message)
      response.destroy()
      return undefined
    },
    endWithCredential() {
      if (!isLong) return
      const forget = streams.add(caller, (why) => {
        note(why)
        exchange().abort()
        // The end of a watch is nothing special to its client; that of a log would look like the log's.
        if (info.verb === 'watch' && isAnswered) response.end()
        else response.destroy()
      })
      response.once('close', forget)
    },
  }
}
