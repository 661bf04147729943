import { CHANNEL_PROTOCOLS, readChannel, resizeMessage, stdinMessage } from './channel.ts'
import type { Api } from './client.ts'
import { ApiError, type Status } from './errors.ts'

/** How a command ended. */
export type ExecEnd =
  | { readonly kind: 'completed' }
  /** It failed, or the connection did. */
  | { readonly kind: 'failed'; readonly error: Error }

/** A command that runs in a container, with a terminal. */
export interface ExecStream {
  readonly write: (text: string) => void
  readonly resize: (columns: number, rows: number) => void
  /** Ends the connection, and with it the command. */
  readonly close: () => void
  readonly ended: Promise<ExecEnd>
}

export interface ExecOptions {
  readonly container: string
  readonly command: readonly string[]
  readonly onOpen: () => void
  readonly onOutput: (bytes: Uint8Array) => void
}

/** Runs a command with a terminal; `path` is the pod's `exec`. */
export function openExec(api: Api, path: string, options: ExecOptions): ExecStream {
  const address = `${path}?${execQuery(options)}`
  const socket = api.webSocket(address, CHANNEL_PROTOCOLS)
  socket.binaryType = 'arraybuffer'
  const ended = Promise.withResolvers<ExecEnd>()
  let wasOpen = false
  socket.addEventListener('open', () => {
    wasOpen = true
    options.onOpen()
  })
  socket.addEventListener('message', ({ data }) => {
    const message = readChannel(data as ArrayBuffer)
    if (message.kind === 'output') options.onOutput(message.bytes)
    else if (message.kind === 'status') ended.resolve(endOf(message.text))
  })
  socket.addEventListener('close', () => {
    if (!wasOpen) return void reasonOf(api, address).then((error) => ended.resolve({ kind: 'failed', error }))
    const error = new ApiError(0, {
      message: 'the connection to the command was lost',
      reason: 'Unreachable',
    })
    return ended.resolve({ kind: 'failed', error })
  })
  const send = (message: Uint8Array<ArrayBuffer>) => {
    if (socket.readyState === WebSocket.OPEN) socket.send(message)
  }
  return {
    write: (text) => send(stdinMessage(text)),
    resize: (columns, rows) => send(resizeMessage(columns, rows)),
    close: () => socket.close(),
    ended: ended.promise,
  }
}

/** With a terminal there is no standard error beside standard output. Pure. */
export function execQuery({
  container,
  command,
}: Pick<ExecOptions, 'container' | 'command'>): URLSearchParams {
  return new URLSearchParams([
    ['container', container],
    ['stdin', 'true'],
    ['stdout', 'true'],
    ['tty', 'true'],
    ...command.map((word) => ['command', word]),
  ])
}

/** What the last message of the server says. Pure. */
export function endOf(text: string): ExecEnd {
  let status: Status & { readonly status?: string }
  try {
    status = JSON.parse(text) as typeof status
  } catch {
    status = { message: text }
  }
  if (status.status === 'Success') return { kind: 'completed' }
  return { kind: 'failed', error: new ApiError(status.code ?? 500, status) }
}

/**
 * Why the WebSocket was refused. A browser does not tell; the same request without the upgrade starts nothing and is
 * refused for the same reason.
 */
async function reasonOf(api: Api, address: string): Promise<Error> {
  try {
    await api.fetch(address)
  } catch (error) {
    // What is left is that it was no upgrade.
    if (error instanceof ApiError && error.code !== 400) return error
  }
  return new ApiError(0, {
    message: 'the connection to the command could not be opened',
    reason: 'Unreachable',
  })
}
