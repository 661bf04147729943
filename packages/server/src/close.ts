import type { Server } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'

/** How often connections that became idle since are looked for. */
const IDLE_CHECK_MS = 50

/**
 * Ends `server`: it accepts nothing more at once, idle keep-alive connections are closed, requests in
 * flight may finish for `graceMs` milliseconds (their answers say `Connection: close` when the server was
 * made with `serverOptions`), and what is left then is destroyed. Sockets that were handed out by `upgrade`
 * or `connect` belong to who took them; they are waited for, but only for `graceMs`.
 */
export async function closeGracefully(
  server: Pick<Server, 'close' | 'closeIdleConnections' | 'closeAllConnections'>,
  graceMs: number,
): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    // Closes what is idle now, too. The only error is "not running", which is what was asked for.
    server.close(() => resolve())
  })
  const idle = setInterval(() => server.closeIdleConnections(), IDLE_CHECK_MS)
  const over = new AbortController()
  try {
    const grace = delay(graceMs, undefined, { signal: over.signal }).catch(() => undefined)
    await Promise.race([closed, grace])
    server.closeAllConnections()
    // Destroyed sockets report their end a turn later; a socket that was handed out may never.
    await Promise.race([closed, delay(100, undefined, { signal: over.signal }).catch(() => undefined)])
  } finally {
    clearInterval(idle)
    over.abort()
  }
}
