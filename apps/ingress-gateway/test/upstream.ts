import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Workshop } from './gateway.ts'

/** A real server behind the gateway that keeps what it was asked. */
export interface Upstream extends AsyncDisposable {
  readonly port: number
  readonly server: Server
  readonly requests: { method: string; url: string; headers: IncomingMessage['headers']; body: string }[]
}

type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void

const echo: Answer = (request, response) => {
  response.setHeader('Content-Type', 'application/json')
  response.end(JSON.stringify({ url: request.url, headers: request.headers }))
}

/** An HTTPS server with a certificate for `name`; plain HTTP without one. */
export async function startUpstream(
  workshop: Workshop | undefined,
  name: string,
  answer: Answer = echo,
): Promise<Upstream> {
  const requests: Upstream['requests'] = []
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    let body = ''
    request.setEncoding('utf8')
    request.on('data', (chunk: string) => {
      body += chunk
    })
    request.on('end', () => {
      requests.push({ method: request.method!, url: request.url!, headers: request.headers, body })
      answer(request, response, body)
    })
  }
  const server = workshop ? createHttpsServer(await tlsOf(workshop, name), listener) : createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    server,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function tlsOf(workshop: Workshop, name: string) {
  const { certificateFile, keyFile } = await workshop.serverPair(name)
  return { cert: await readFile(certificateFile, 'utf8'), key: await readFile(keyFile, 'utf8') }
}
