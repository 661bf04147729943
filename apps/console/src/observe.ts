import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Logger } from '@gatehouse/server'
import { pathOf } from './answer.ts'

/** One log line for each request when it is over. Queries are never logged: the login ends with a code in one. */
export function createObserver(logger: Logger) {
  return (request: IncomingMessage, response: ServerResponse, auditId: string): void => {
    const begin = performance.now()
    response.once('close', () => {
      logger.info(
        {
          auditId,
          method: request.method,
          path: pathOf(request).slice(0, 200),
          code: response.statusCode,
          ...(response.writableFinished ? {} : { aborted: true }),
          durationMs: Math.round((performance.now() - begin) * 10) / 10,
        },
        'request',
      )
    })
  }
}
