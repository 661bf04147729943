/** The remote command protocols that the page speaks, the best first (k8s.io/apimachinery/pkg/util/remotecommand). */
export const CHANNEL_PROTOCOLS = ['v5.channel.k8s.io', 'v4.channel.k8s.io'] as const

const STDIN = 0
const STDOUT = 1
const STDERR = 2
const ERROR = 3
const RESIZE = 4

/** What a message of the server is about. */
export type ChannelMessage =
  | { readonly kind: 'output'; readonly bytes: Uint8Array }
  /** A `metav1.Status`, when the command has ended or can't go on. */
  | { readonly kind: 'status'; readonly text: string }
  | { readonly kind: 'unknown' }

/** The first byte of a message is its channel. Pure. */
export function readChannel(message: ArrayBuffer): ChannelMessage {
  const all = new Uint8Array(message)
  const channel = all[0]
  const bytes = all.subarray(1)
  if (channel === STDOUT || channel === STDERR) return { kind: 'output', bytes }
  if (channel === ERROR) return { kind: 'status', text: new TextDecoder().decode(bytes) }
  return { kind: 'unknown' }
}

/** What is typed. Pure. */
export function stdinMessage(text: string): Uint8Array<ArrayBuffer> {
  return onChannel(STDIN, text)
}

/** The size of the terminal in characters. Pure. */
export function resizeMessage(columns: number, rows: number): Uint8Array<ArrayBuffer> {
  return onChannel(RESIZE, JSON.stringify({ Width: columns, Height: rows }))
}

/** The token as a subprotocol, since a browser sets no headers on a WebSocket. Pure. */
export function tokenProtocol(token: string): string {
  const base64url = btoa(token).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
  return `base64url.bearer.authorization.k8s.io.${base64url}`
}

function onChannel(channel: number, text: string): Uint8Array<ArrayBuffer> {
  const bytes = new TextEncoder().encode(text)
  const message = new Uint8Array(bytes.length + 1)
  message[0] = channel
  message.set(bytes, 1)
  return message
}
