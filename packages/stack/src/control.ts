import type { Server } from 'node:http'
import { rm } from 'node:fs/promises'
import { http } from '@gatehouse/server/node-http'
import { StackError } from './errors.ts'
import type { StackStatus } from './status.ts'

/** What the owner of a stack does when another process asks. */
export interface ControlHandlers {
  readonly status: () => StackStatus
  /** Resolves when nothing of the stack is left. */
  readonly stop: () => Promise<void>
}

/** A Unix socket's path is at most 107 bytes on Linux and 103 on macOS. */
const MAX_SOCKET_PATH = 103

/**
 * Listens on a Unix socket in the stack's private directory: who can open it owns the stack. It is also
 * the lock that keeps a second stack of this name away.
 *
 * @throws StackError `ERR_ALREADY_RUNNING`, `ERR_STATE`
 */
export async function serveControl(socket: string, handlers: ControlHandlers): Promise<AsyncDisposable> {
  if (Buffer.byteLength(socket) > MAX_SOCKET_PATH) {
    throw new StackError(
      'ERR_STATE',
      `the state directory's path is too long for a socket (${socket}); set GATEHOUSE_STATE_DIR to a shorter one`,
    )
  }
  const server = http.createServer((req, res) => {
    const answer = (body: unknown) => {
      res.setHeader('content-type', 'application/json')
      res.end(JSON.stringify(body))
    }
    if (req.method === 'GET' && req.url === '/status') return answer(handlers.status())
    if (req.method === 'POST' && req.url === '/stop') {
      void handlers.stop().then(
        () => answer({ stopped: true }),
        (error: Error) => {
          res.statusCode = 500
          answer({ message: error.message })
        },
      )
      return
    }
    res.statusCode = 404
    answer({ message: `there is no ${req.method} ${req.url}` })
  })
  await listenAlone(server, socket)
  return {
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise<void>((resolve) => void server.close(() => resolve()))
      server.closeIdleConnections()
      await closed
    },
  }
}

/** Listens on the socket; takes over the file of an owner that was killed. */
async function listenAlone(server: Server, socket: string): Promise<void> {
  try {
    await listenOn(server, socket)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    const owner = await askControl(socket, 'GET', '/status').catch(() => undefined)
    if (owner) throw alreadyRunning(owner as StackStatus)
    await rm(socket, { force: true })
    await listenOn(server, socket)
  }
}

function listenOn(server: Server, socket: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(socket, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

function alreadyRunning({ name, pid }: StackStatus): StackError {
  return new StackError(
    'ERR_ALREADY_RUNNING',
    `the stack "${name}" is already running (process ${pid}); end it with "gatehouse down --name ${name}", ` +
      'or start another beside it with --name',
  )
}

/** One request to the control socket. Rejects with ENOENT or ECONNREFUSED where no stack listens. */
export function askControl(
  socket: string,
  method: 'GET' | 'POST',
  path: string,
  signal?: AbortSignal,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const options = { socketPath: socket, method, path, ...(signal ? { signal } : {}) }
    const outgoing = http.request(options, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const body: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'))
        if (response.statusCode === 200) resolve(body)
        else reject(new StackError('ERR_STATE', (body as { message: string }).message))
      })
    })
    outgoing.on('error', reject)
    outgoing.end()
  })
}
