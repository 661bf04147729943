import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'
import { get } from './gateway.ts'
import { startUpstream } from './upstream.ts'
import { useWorkshop } from './use-workshop.ts'

const MAIN = join(import.meta.dirname, '../src/main.ts')
const workshop = useWorkshop()

test('a bad configuration is told whole, with exit code 2, and nothing is started', async () => {
  const file = join(workshop.directory, 'bad.yaml')
  await writeFile(file, 'listen: { port: 70000 }\nhosts:\n  - { host: "*.test", websockets: true }\n')
  const child = execFile(process.execPath, [MAIN, '--config', file])
  let told = ''
  child.stderr!.on('data', (chunk: string) => (told += chunk))
  const [code] = (await once(child, 'close')) as [number]
  expect(code).toBe(2)
  for (const path of ['/listen/port', '/operations', '/hosts/0/host', '/hosts/0/websockets']) {
    expect(told).toContain(`bad.yaml: ${path}: `)
  }
})

test('as a process it serves from a YAML file, and ends with 0 on SIGTERM', async () => {
  await using upstream = await startUpstream(undefined, '')
  const { certificateFile, keyFile } = await workshop.serverPair('console.test')
  const file = join(workshop.directory, 'gateway.yaml')
  await writeFile(
    file,
    `listen: { port: 0 }
operations: { port: 0 }
hosts:
  - host: console.test
    tls: { certificateFile: ${certificateFile}, keyFile: ${keyFile} }
    upstream: { service: console, url: 'http://127.0.0.1:${upstream.port}' }
`,
  )
  const child = spawn(process.execPath, [MAIN, '--config', file], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  const started = Promise.withResolvers<{ https: string }>()
  createInterface(child.stdout).on('line', (line) => {
    const { urls } = JSON.parse(line) as { urls?: { https: string } }
    if (urls) started.resolve(urls)
  })
  const { https } = await started.promise
  const to = {
    port: Number(new URL(https).port),
    ca: workshop.authority.certificatePem,
    serverName: 'console.test',
  }
  expect((await get(to)).code).toBe(200)
  child.kill('SIGTERM')
  expect(await ended).toEqual([0, null])
})
