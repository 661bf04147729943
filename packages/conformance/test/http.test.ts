import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openCertificateAuthority } from '@gatehouse/pki'
import { expect, onTestFinished, test } from 'vitest'
import { httpPath } from '../src/index.ts'
import { planned } from './fixtures.ts'

/** A server that speaks HTTP/1.1, as a proxy does, finds nothing, and counts its connections. */
async function startServer() {
  const directory = await mkdtemp(join(tmpdir(), 'gatehouse-http-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const authority = await openCertificateAuthority(directory, { commonName: 'http' })
  const { certificateFile, keyFile } = await authority.issueServerCertificate({
    directory,
    name: 'http',
    dnsNames: [],
    ipAddresses: ['127.0.0.1'],
  })
  const pem = { cert: await readFile(certificateFile), key: await readFile(keyFile) }
  const server = createServer(pem, (request, response) => {
    request.resume().once('end', () => {
      response.writeHead(404, { 'content-type': 'application/json' }).end('{"kind":"Status","code":404}')
    })
  })
  let connections = 0
  server.on('secureConnection', () => connections++)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  return {
    endpoint: { server: `https://127.0.0.1:${port}`, certificateAuthority: authority.certificatePem },
    connections: () => connections,
  }
}

test('a request of any verb leaves its connection to the next one', async () => {
  const { endpoint, connections } = await startServer()
  await using path = httpPath({ id: 'proxy', endpoint, isDirect: false, concurrency: 1 })
  const persona = { id: 'dev', username: 'dev', groups: [], credential: { token: 'x' } }
  const context = { name: 'nothing', pods: new Map() }
  const { signal } = new AbortController()
  for (const verb of ['get', 'list', 'create', 'update', 'patch', 'delete', 'deletecollection', 'get']) {
    const answer = await path.ask({ planned: planned({ verb }), persona, auditId: verb, context, signal })
    expect(answer).toMatchObject({ result: 'allowed', evidence: { status: 404 } })
  }
  expect(connections()).toBe(1)
})
