import { mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls'
import { type CertificateAuthority, openCertificateAuthority } from '@gatehouse/pki'
import { createLogger } from '@gatehouse/server'
import { startIngressGateway } from '../src/app.ts'
import { configSchema, type GatewayConfigInput } from '../src/config.ts'

/** A directory with a CA. */
export interface Workshop {
  readonly directory: string
  readonly authority: CertificateAuthority
  readonly serverPair: (...names: string[]) => Promise<{ certificateFile: string; keyFile: string }>
}

/** A workshop whose directory is removed at the end. */
export async function openWorkshop(): Promise<Workshop & AsyncDisposable> {
  const directory = await mkdtemp(join(tmpdir(), 'gatehouse-gateway-'))
  const authority = await openCertificateAuthority(join(directory, 'ca'), { commonName: 'Test CA' })
  return {
    directory,
    authority,
    serverPair: (...names) =>
      authority.issueServerCertificate({
        directory: join(directory, 'certificates'),
        name: names[0]!,
        dnsNames: names,
        ipAddresses: [],
      }),
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  }
}

export interface RunningGateway extends AsyncDisposable {
  readonly port: number
  readonly httpPort: number
  readonly operations: string
  /** The lines of its log so far. */
  readonly log: Record<string, unknown>[]
  readonly drain: () => Promise<void>
}

type Settings = Pick<GatewayConfigInput, 'hosts'> & Partial<GatewayConfigInput>

/** Starts a gateway in this process, on free ports. */
export async function startGateway(settings: Settings): Promise<RunningGateway> {
  const log: Record<string, unknown>[] = []
  const logger = createLogger({
    name: 'ingress-gateway',
    destination: { write: (line: string) => void log.push(JSON.parse(line)) },
  })
  const config = configSchema.parse({
    listen: { port: 0 },
    redirect: { port: 0 },
    operations: { port: 0 },
    ...settings,
    limits: { drainSeconds: 0, ...settings.limits },
  })
  const service = await startIngressGateway(config, { logger })
  let drained: Promise<void> | undefined
  const drain = () => (drained ??= service.drain())
  return {
    port: Number(new URL(service.urls['https']!).port),
    httpPort: Number(new URL(service.urls['http'] ?? 'http://none:1').port),
    operations: service.urls['operations']!,
    log,
    drain,
    [Symbol.asyncDispose]: drain,
  }
}

export interface RawAnswer {
  readonly code: number
  readonly headers: Headers
  readonly body: string
  /** Everything that came, as it came. */
  readonly text: string
}

export interface RawRequest {
  readonly port: number
  readonly ca: string
  readonly serverName: string | undefined
}

/** Opens a verified TLS connection to the gateway. */
export async function openTls(to: RawRequest, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connectTls({
    host: '127.0.0.1',
    port: to.port,
    ca: to.ca,
    ...(to.serverName === undefined
      ? { checkServerIdentity: () => undefined }
      : { servername: to.serverName }),
    ...options,
  })
  await new Promise<void>((resolve, reject) => {
    socket.once('secureConnect', resolve)
    socket.once('error', reject)
  })
  return socket
}

/** Sends `text` as it is over TLS and reads until the gateway ends the connection. */
export async function sendRaw(to: RawRequest, text: string): Promise<RawAnswer> {
  const socket = await openTls(to)
  socket.write(text, 'latin1')
  return parseAnswer(await readAll(socket))
}

/** A GET with `Connection: close`. */
export function get(to: RawRequest, path = '/', headers: Record<string, string> = {}): Promise<RawAnswer> {
  const { Host = `${to.serverName}:${to.port}`, ...others } = headers
  const lines = Object.entries({ Host, Connection: 'close', ...others }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  )
  return sendRaw(to, `GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`)
}

/** All bytes until the other side ends; a reset counts as an end. */
export async function readAll(socket: NodeJS.ReadableStream): Promise<string> {
  const chunks: Buffer[] = []
  try {
    for await (const chunk of socket) chunks.push(chunk as Buffer)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ECONNRESET') throw error
  }
  return Buffer.concat(chunks).toString('utf8')
}

export function parseAnswer(text: string): RawAnswer {
  const end = text.indexOf('\r\n\r\n')
  const [statusLine = '', ...lines] = text.slice(0, Math.max(end, 0)).split('\r\n')
  const headers = new Headers()
  for (const line of lines)
    headers.append(line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1))
  return { code: Number(statusLine.split(' ')[1]), headers, body: text.slice(end + 4), text }
}

/** The first flight of a TLS client for `servername`, with nothing after it. */
export async function recordHello(servername: string): Promise<Buffer> {
  const recorded = Promise.withResolvers<Buffer>()
  const server = createServer((socket) => socket.once('data', recorded.resolve))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const client = connectTls({ port, host: '127.0.0.1', servername })
  client.on('error', () => undefined)
  const hello = await recorded.promise
  client.destroy()
  server.close()
  return hello
}
