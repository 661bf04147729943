import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type RequestListener, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

/** An HTTP server on a free port, gone when the running test is finished. */
export async function startServer(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  // A proxy is asked so for a tunnel; whoever listens sees it as one more request, and it is never granted.
  server.on('connect', (request, socket) => {
    listener(request, Object.assign(new ServerResponse(request), { req: request }))
    socket.end('HTTP/1.1 403 Forbidden\r\n\r\n')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Serves `files` by path, with ranges, as a release host does; `requests` tells what was asked for. */
export async function startReleaseServer(files: Readonly<Record<string, Uint8Array>>) {
  const requests: { url: string; range: string | undefined }[] = []
  const url = await startServer((request, response) => {
    const { range } = request.headers
    requests.push({ url: request.url ?? '', range })
    const content = files[request.url ?? '']
    if (!content) return response.writeHead(404).end()
    const start = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0)
    if (start >= content.length) return response.writeHead(416).end()
    if (range) response.setHeader('content-range', `bytes ${start}-${content.length - 1}/${content.length}`)
    response.writeHead(range ? 206 : 200, { 'content-length': content.length - start })
    return response.end(content.subarray(start))
  })
  return { url, requests }
}

export function sha256(content: Uint8Array | string): string {
  return createHash('sha256').update(content).digest('hex')
}
