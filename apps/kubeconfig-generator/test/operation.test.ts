import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { startGenerator } from './generator.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const ADMIN = { email: 'admin@kyma.cx' }

test('a request is logged with user, status, duration and audit id, and without the token', async () => {
  const { askAs, log } = await startGenerator()
  const { token, headers } = await askAs(ADMIN, '?namespace=team-a')
  await expect.poll(log).toContain('"msg":"request"')
  const line = log()
    .split('\n')
    .find((each) => each.includes('"msg":"request"'))!
  expect(JSON.parse(line)).toEqual({
    level: 'info',
    time: expect.any(String),
    service: 'kubeconfig-generator',
    auditId: headers['audit-id'],
    method: 'GET',
    path: '/kube-config',
    code: 200,
    user: 'admin@kyma.cx',
    durationMs: expect.any(Number),
    msg: 'request',
  })
  for (const part of token.split('.')) expect(log()).not.toContain(part)
})

test('a refused request is logged with the reason', async () => {
  const { ask, log } = await startGenerator()
  await ask({ headers: { authorization: 'Bearer hello' } })
  await expect.poll(log).toContain('"code":401,"reason":"TokenMalformed"')
})

test("the caller's audit id is kept where it can stand in a log, and replaced otherwise", async () => {
  const { ask } = await startGenerator()
  const idFor = async (id: string | string[]) =>
    (await ask({ headers: { 'audit-id': id } })).headers['audit-id']
  expect(await idFor('0a1b2c3d-1111-2222-3333-444455556666')).toBe('0a1b2c3d-1111-2222-3333-444455556666')
  for (const id of ['a b', 'x'.repeat(129), '{"a":1}', ['a', 'b']]) {
    expect(await idFor(id)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4/)
  }
})

test('requests are counted by code and method, and odd methods do not make series of their own', async () => {
  const { ask, askAs, urls } = await startGenerator()
  await askAs(ADMIN)
  await ask()
  await ask({ method: 'PROPFIND' })
  const metrics = async () => (await fetch(`${urls.operations}/metrics`)).text()
  await expect.poll(metrics).toContain('kubeconfig_generator_requests_total{code="405",method="other"} 1')
  expect(await metrics()).toContain('kubeconfig_generator_requests_total{code="200",method="GET"} 1')
  expect(await metrics()).toContain('kubeconfig_generator_requests_total{code="401",method="GET"} 1')
  expect(await metrics()).toContain('kubeconfig_generator_request_duration_seconds_count{code="200"} 1')
})

test('it is ready when the keys of the issuer are known', async () => {
  const { urls } = await startGenerator()
  await expect.poll(async () => (await fetch(`${urls.operations}/readyz`)).status).toBe(200)
  expect(await (await fetch(`${urls.operations}/readyz?verbose`)).text()).toContain('[+]issuer ok')
})

const main = join(import.meta.dirname, '..', 'src', 'main.ts')

/** Runs the service as a process of its own, until it ends. */
async function run(settings: object) {
  const directory = await temporaryDirectory()
  onTestFinished(() => directory[Symbol.asyncDispose]())
  const file = join(directory.path, 'generator.yaml')
  await writeFile(file, JSON.stringify(settings))
  const child = spawn(process.execPath, [main, '--config', file], { stdio: ['ignore', 'pipe', 'pipe'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const text = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk: Buffer) => (text.stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (text.stderr += chunk.toString()))
  return { child, text, ended: once(child, 'close').then(([code]) => code as number) }
}

test('all missing settings are named together, and it ends with 2', async () => {
  const { text, ended } = await run({
    cluster: { name: 'dev', server: 'http://127.0.0.1:9443' },
    colour: 'red',
  })
  expect(await ended).toBe(2)
  const problems = text.stderr
    .trim()
    .split('\n')
    .map((line) => line.replace(/^generator\.yaml: ([^:]+):.*$/, '$1'))
  expect(problems.toSorted()).toEqual([
    '/cluster/certificateAuthorityFile',
    '/cluster/server',
    '/colour',
    '/issuers',
    '/listen',
    '/operations',
    '/tls',
  ])
  expect(text.stdout).toBe('')
})

test('a certificate file that is missing is a configuration error too', async () => {
  const { text, ended } = await run({
    listen: { port: 0 },
    operations: { port: 0 },
    tls: { certificateFile: '/nowhere/tls.crt', keyFile: '/nowhere/tls.key' },
    issuers: [{ url: 'https://dex.localhost', audiences: ['gatehouse'] }],
    cluster: { name: 'dev', server: 'https://127.0.0.1:9443', certificateAuthorityFile: '/nowhere/ca.crt' },
  })
  expect(await ended).toBe(2)
  expect(text.stderr).toContain("tls.crt: the PEM file can't be read")
})

test('as a process it serves until SIGTERM, then ends with 0', async () => {
  const { ca, directory, issuer } = await startGenerator()
  const files = {
    certificateFile: join(directory, 'generator.crt'),
    keyFile: join(directory, 'generator.key'),
  }
  const { child, text, ended } = await run({
    listen: { port: 0 },
    operations: { port: 0 },
    tls: files,
    issuers: [issuer.settings],
    cluster: { name: 'dev', server: 'https://127.0.0.1:9443', certificateAuthorityFile: ca.certificateFile },
  })
  await expect.poll(() => text.stdout).toContain('"msg":"started"')
  const started = text.stdout.split('\n').find((line) => line.includes('"msg":"started"'))!
  const { urls } = JSON.parse(started) as { urls: Record<string, string> }
  expect(urls['https']).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/)
  await expect.poll(async () => (await fetch(`${urls['operations']}/readyz`)).status).toBe(200)
  child.kill('SIGTERM')
  expect(await ended).toBe(0)
  expect(text.stderr).toBe('')
})
