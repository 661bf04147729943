import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { checkServerIdentity, connect, createServer, type PeerCertificate, type TlsOptions } from 'node:tls'
import { promisify } from 'node:util'
import type { AddressInfo } from 'node:net'

const run = promisify(execFile)

export interface Files {
  certificateFile: string
  keyFile: string
}

/** A TLS server on loopback that tells each client who it is for the server. */
export async function startServer(files: Files, options: TlsOptions = {}) {
  const server = createServer({ ...(await read(files)), ...options }, (socket) => {
    const { subject } = socket.getPeerCertificate() as Partial<PeerCertificate>
    socket.on('error', () => undefined)
    socket.end(JSON.stringify({ authorized: socket.authorized, subject: subject ?? null }))
  })
  server.on('tlsClientError', () => undefined)
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
      }),
  }
}

/** Connects as a client that trusts `ca` and checks for `host`; resolves with what the server said. */
export async function ask(
  port: number,
  options: { ca: string; host: string; client?: Files },
): Promise<{ authorized: boolean; subject: { CN?: string; O?: string | string[] } | null }> {
  const pair = options.client ? await read(options.client) : {}
  return new Promise((resolve, reject) => {
    const isName = /[a-z]/i.test(options.host) && !options.host.includes(':')
    const socket = connect({
      port,
      // An address to check is also where to connect; a name is only checked.
      host: '127.0.0.1',
      ...(isName ? { servername: options.host } : { checkServerIdentity: identityOf(options.host) }),
      ca: options.ca,
      ...pair,
    })
    let text = ''
    socket.setEncoding('utf8')
    socket.on('data', (chunk: string) => (text += chunk))
    socket.on('end', () => (text === '' ? reject(new Error('closed')) : resolve(JSON.parse(text))))
    socket.on('error', reject)
  })
}

function identityOf(host: string) {
  return (_: string, certificate: PeerCertificate) => checkServerIdentity(host, certificate)
}

async function read({ certificateFile, keyFile }: Files) {
  const [cert, key] = await Promise.all([readFile(certificateFile, 'utf8'), readFile(keyFile, 'utf8')])
  return { cert, key }
}

/** What `openssl` prints; undefined where it isn't installed. */
export async function openssl(...args: string[]): Promise<string | undefined> {
  try {
    return (await run('openssl', args)).stdout
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
