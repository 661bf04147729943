import type { Duplex } from 'node:stream'
import { status } from '@gatehouse/server'
import type { StreamEnd } from './streams.ts'
import { FrameBoundaries, serverFrame } from './web-socket-frames.ts'

export interface Splice {
  /** Ends both connections; with a Status first, where the protocol has a place for it. */
  end(why: StreamEnd): void
}

/** On which channel exec and attach tell how they ended (`wsstream` v4 and v5). */
const ERROR_CHANNEL = 3
const CLOSE_NORMAL = Buffer.from([0x03, 0xe8])
/** How long a frame under way and the farewell may take before the connections are cut all the same. */
const FAREWELL_WITHIN_MS = 1000
const FAREWELLS = {
  'token expired': { code: 401, reason: 'Unauthorized', message: 'the token expired; log in again' },
  'token revoked': { code: 401, reason: 'Unauthorized', message: 'the token was revoked' },
  'no longer accepted': {
    code: 401,
    reason: 'Unauthorized',
    message: 'the token is not accepted any more; log in again',
  },
  shutdown: { code: 503, reason: 'ServiceUnavailable', message: 'the proxy is shutting down' },
} as const satisfies Record<StreamEnd, Parameters<typeof status>[0]>

/**
 * Joins two connections after both switched protocols; when one ends, so does the other. `statusChannel`
 * says that upstream sends WebSocket frames with channels, the fourth of which takes a Status.
 */
export function splice(
  client: Duplex,
  upstream: Duplex,
  { statusChannel }: { statusChannel: boolean },
): Splice {
  const frames = statusChannel ? new FrameBoundaries() : undefined
  let ending: (() => void) | undefined
  const destroyBoth = () => {
    client.destroy()
    upstream.destroy()
  }
  for (const side of [client, upstream]) {
    side.on('error', destroyBoth)
    side.on('close', destroyBoth)
  }
  client.pipe(upstream)
  upstream.on('data', (data: Buffer) => {
    frames?.follow(data)
    if (!client.write(data)) {
      upstream.pause()
      client.once('drain', () => upstream.resume())
    }
    if (frames?.isAtBoundary) ending?.()
  })
  upstream.on('end', () => client.end())
  upstream.resume()

  return {
    end(why) {
      if (frames === undefined) {
        destroyBoth()
        return
      }
      const timer = setTimeout(destroyBoth, FAREWELL_WITHIN_MS)
      client.once('close', () => clearTimeout(timer))
      ending = () => {
        ending = undefined
        // The client has yet to hear why.
        upstream.off('close', destroyBoth)
        upstream.destroy()
        client.end(farewell(why), destroyBoth)
      }
      if (frames.isAtBoundary) ending()
    },
  }
}

function farewell(why: StreamEnd): Buffer {
  const document = JSON.stringify(status(FAREWELLS[why]))
  const payload = Buffer.concat([Buffer.from([ERROR_CHANNEL]), Buffer.from(document)])
  return Buffer.concat([serverFrame('binary', payload), serverFrame('close', CLOSE_NORMAL)])
}
