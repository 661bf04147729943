import { readFile } from 'node:fs/promises'
import type { RequestListener } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { openCertificateAuthority } from '@gatehouse/pki'
import { expect, onTestFinished, test } from 'vitest'
import { judgeForged } from '../../src/doctor/openid-connect-judgement.ts'
import { reviewToken } from '../../src/doctor/self-subject-review.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const signal = AbortSignal.timeout(20_000)

async function startServer(listener: RequestListener) {
  const directory = await temporaryDirectory()
  const open = (name: string) => openCertificateAuthority(join(directory, name), { commonName: name })
  const [authority, stranger] = await Promise.all([open('authority'), open('stranger')])
  const { certificateFile, keyFile } = await authority.issueServerCertificate({
    directory: join(directory, 'server'),
    name: 'server',
    dnsNames: ['localhost'],
    ipAddresses: ['127.0.0.1'],
  })
  const server = createServer(
    { cert: await readFile(certificateFile), key: await readFile(keyFile) },
    listener,
  )
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return {
    server: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    certificateAuthorityFile: authority.certificateFile,
    strangerFile: stranger.certificateFile,
  }
}

test('a server that believes everything is found out by a forged token', async () => {
  const seen: unknown[] = []
  const { server, certificateAuthorityFile } = await startServer((request, response) => {
    seen.push([request.method, request.url, request.headers.authorization])
    response.statusCode = 201
    response.end(
      JSON.stringify({
        kind: 'SelfSubjectReview',
        status: { userInfo: { username: 'eve', groups: ['system:masters'] } },
      }),
    )
  })
  const answer = await reviewToken({ server, certificateAuthorityFile, token: 'forged', signal })
  expect(answer).toEqual({ state: 'known', username: 'eve', groups: ['system:masters'] })
  expect(judgeForged({ it: answer })).toMatchObject([
    { level: 'error', message: 'it accepted a forged token as eve' },
  ])
  expect(seen).toEqual([['POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', 'Bearer forged']])
})

test('no token is shown to a server with a certificate of another authority', async () => {
  let requests = 0
  const { server, strangerFile } = await startServer((_request, response) => {
    requests += 1
    response.end()
  })
  expect(
    await reviewToken({ server, certificateAuthorityFile: strangerFile, token: 'secret', signal }),
  ).toMatchObject({ state: 'unreachable', reason: expect.stringContaining('certificate') })
  expect(requests).toBe(0)
})
