import type { Limits } from './config.ts'
import { type HttpRequest, isHttp2 } from './protocol.ts'
import { bodyTooLarge, bodyTooSlow, type Refusal } from './refusal.ts'

/**
 * Calls `onExceeded`, at most once, when the body of a request turns out to be longer than it may be, or takes
 * longer to arrive. Lengths that are announced were checked before; for HTTP/1.1 Node keeps the time.
 */
export function limitBody(
  request: HttpRequest,
  { bodyBytes, requestSeconds }: Limits,
  onExceeded: (refusal: Refusal) => void,
): void {
  let received = 0
  const timer = isHttp2(request)
    ? setTimeout(() => exceed(bodyTooSlow(requestSeconds)), requestSeconds * 1000)
    : undefined
  const onData = (chunk: Buffer) => {
    received += chunk.length
    if (received > bodyBytes) exceed(bodyTooLarge(bodyBytes))
  }
  const end = () => {
    clearTimeout(timer)
    request.off('data', onData).off('end', end).off('close', end)
  }
  const exceed = (refusal: Refusal) => {
    end()
    onExceeded(refusal)
  }
  request.on('data', onData).on('end', end).on('close', end)
}
