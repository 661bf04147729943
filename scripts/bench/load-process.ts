import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'

/**
 * The load, as a process of its own: keeps connections open, and for each line `N` on stdin makes N
 * requests on them, one at a time on each, and answers with what came of it as a line of JSON.
 */
const [url, caFile, tokenFile, connectionCount, path] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
  string,
]
const { protocol, hostname, port, host } = new URL(url)
if (hostname !== '127.0.0.1') throw new Error(`the bench loads loopback only, not ${hostname}`)
const ca = readFileSync(caFile)
const token = readFileSync(tokenFile, 'utf8')
const request = Buffer.from(
  `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: bench\r\nAccept: application/json\r\nAuthorization: Bearer ${token}\r\n\r\n`,
)

interface Block {
  remaining: number
  underway: number
  failed: number
  readonly latencies: number[]
  readonly done: () => void
}
let block: Block | undefined

class Worker {
  readonly #socket: Socket
  #pending: Buffer = Buffer.alloc(0)
  #startedAt = 0

  constructor(socket: Socket) {
    this.#socket = socket
    socket.setNoDelay(true)
    socket.on('data', (data: Buffer) => this.#read(data))
    socket.on('close', () => {
      process.stderr.write('the peer closed a connection\n')
      process.exit(1)
    })
  }

  next(): void {
    if (block === undefined || block.remaining === 0) return
    block.remaining--
    block.underway++
    this.#startedAt = performance.now()
    this.#socket.write(request)
  }

  #read(data: Buffer): void {
    this.#pending = this.#pending.length === 0 ? data : Buffer.concat([this.#pending, data])
    const end = this.#pending.indexOf('\r\n\r\n')
    if (end === -1) return
    const head = this.#pending.toString('latin1', 0, end)
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
    if (length !== undefined) {
      if (this.#pending.length < end + 4 + Number(length)) return
    } else if (!this.#pending.subarray(-5).equals(Buffer.from('0\r\n\r\n'))) return
    this.#pending = Buffer.alloc(0)
    const current = block!
    if (!/^HTTP\/1\.1 2\d\d /.test(head)) current.failed++
    current.latencies.push(performance.now() - this.#startedAt)
    current.underway--
    if (current.remaining > 0) this.next()
    else if (current.underway === 0) current.done()
  }
}

async function open(): Promise<Worker> {
  const target = { host: hostname, port: Number(port) }
  const isTls = protocol === 'https:'
  const socket = isTls ? connectTls({ ...target, ca }) : connectTcp(target)
  await new Promise<void>((resolve, reject) => {
    socket.once(isTls ? 'secureConnect' : 'connect', () => resolve())
    socket.once('error', reject)
  })
  return new Worker(socket)
}

const workers = await Promise.all(Array.from({ length: Number(connectionCount) }, open))
process.stdout.write('ready\n')
for await (const line of createInterface({ input: process.stdin })) {
  const startedAt = performance.now()
  const finished = Promise.withResolvers<void>()
  const current: Block = {
    remaining: Number(line),
    underway: 0,
    failed: 0,
    latencies: [],
    done: finished.resolve,
  }
  block = current
  for (const worker of workers) worker.next()
  await finished.promise
  const sorted = current.latencies.toSorted((a, b) => a - b)
  const at = (quantile: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * quantile))]
  process.stdout.write(
    `${JSON.stringify({ seconds: (performance.now() - startedAt) / 1000, failed: current.failed, p50Ms: at(0.5), p99Ms: at(0.99) })}\n`,
  )
}
process.exit(0)
