import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:tls'

/**
 * A static API server, as a process of its own: TLS, one answer of about 1.9 KB to every GET, and a yes to
 * every SubjectAccessReview. It reads only as much of HTTP as that takes.
 */
const [certificateFile, keyFile] = process.argv.slice(2)
const body = JSON.stringify({
  kind: 'ConfigMap',
  apiVersion: 'v1',
  metadata: { name: 'small', namespace: 'default' },
  data: { text: 'x'.repeat(1780) },
})
const small = answer('200 OK', body)
const review = answer('201 Created', JSON.stringify({ status: { allowed: true } }))

function answer(status: string, text: string): Buffer {
  return Buffer.from(
    `HTTP/1.1 ${status}\r\nAudit-Id: 6b333723-24b5-4e71-bbce-244c6a36cc0c\r\nCache-Control: no-cache, private\r\nContent-Type: application/json\r\nX-Kubernetes-Pf-Flowschema-Uid: 1\r\nX-Kubernetes-Pf-Prioritylevel-Uid: 2\r\nDate: ${new Date().toUTCString()}\r\nContent-Length: ${text.length}\r\n\r\n${text}`,
  )
}

const server = createServer(
  { cert: readFileSync(certificateFile!), key: readFileSync(keyFile!) },
  (socket) => {
    socket.setNoDelay(true)
    socket.on('error', () => undefined)
    let pending: Buffer = Buffer.alloc(0)
    socket.on('data', (data: Buffer) => {
      pending = pending.length === 0 ? data : Buffer.concat([pending, data])
      for (;;) {
        const end = pending.indexOf('\r\n\r\n')
        if (end === -1) return
        const head = pending.toString('latin1', 0, end)
        const isPost = head.startsWith('POST ')
        const length = isPost ? Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0) : 0
        if (pending.length < end + 4 + length) return
        pending = pending.subarray(end + 4 + length)
        socket.write(isPost ? review : small)
      }
    })
  },
)
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`)
})
