import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, expect, test } from 'vitest'
import { HASH_OF_PASSWORD } from './test-dex.ts'

const MAIN = new URL('../src/main.ts', import.meta.url).pathname
const directory = await mkdtemp(join(tmpdir(), 'dex-process-'))
afterAll(() => rm(directory, { recursive: true, force: true }))

async function start(configuration: string): Promise<ChildProcess> {
  const file = join(directory, 'config.yaml')
  await writeFile(file, configuration)
  const env = { PATH: process.env['PATH'], DIRECTORY: directory }
  return spawn(process.execPath, [MAIN, '--config', file], { stdio: 'pipe', env })
}

test('the process says when it is ready, and ends cleanly when asked to', async () => {
  const child = await start(`
issuer: http://127.0.0.1:0/dex
storage: { type: sqlite3, config: { file: $DIRECTORY/dex.db } }
web: { http: "127.0.0.1:0" }
enablePasswordDB: true
staticPasswords:
  - { email: a@example.com, userID: "1", hash: "${HASH_OF_PASSWORD}" }
`)
  const exited = once(child, 'exit')
  const errors = text(child.stderr!)
  const started = Promise.withResolvers<string>()
  child.stdout!.setEncoding('utf8').on('data', (chunk: string) => {
    if (chunk.includes('"msg":"started"')) started.resolve(chunk)
  })
  void exited.then(() => started.reject(new Error('the process ended before it was ready')))
  const line = await started.promise
  const { urls } = JSON.parse(line.split('\n').find((each) => each.includes('"started"'))!) as {
    urls: Record<string, string>
  }
  expect((await fetch(`${urls['http']}/dex/healthz`)).status).toBe(200)
  child.kill('SIGTERM')
  expect(await exited).toEqual([0, null])
  expect(await errors).toBe('')
})

test('bad configuration names every problem, ends with 2 and starts nothing', async () => {
  const child = await start(
    'issuer: nowhere\nweb: { https: "127.0.0.1:0" }\nstorage: { type: redis }\nsecret: 1\n',
  )
  const [output, errors] = [text(child.stdout!), text(child.stderr!)]
  expect(await once(child, 'exit')).toEqual([2, null])
  const message = await errors
  for (const path of ['/issuer', '/web/tlsCert', '/web/tlsKey', '/storage/type', '/secret', '/connectors']) {
    expect.soft(message).toContain(`config.yaml: ${path}: `)
  }
  expect(await output).toBe('')
})

test('a certificate that can’t be read is named, and nothing is left running', async () => {
  const child = await start(`
issuer: https://127.0.0.1:0
storage: { type: memory }
web: { https: "127.0.0.1:0", tlsCert: /nowhere/tls.crt, tlsKey: /nowhere/tls.key }
telemetry: { http: "127.0.0.1:0" }
enablePasswordDB: true
`)
  const errors = text(child.stderr!)
  expect(await once(child, 'exit')).toEqual([2, null])
  expect(await errors).toContain('/nowhere/tls.crt')
})
