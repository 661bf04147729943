import { once } from 'node:events'
import { chmod, readdir, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openContext } from '../../src/doctor/context.ts'
import { checks, examine, runCheck } from '../../src/doctor/examine.ts'
import type { Finding } from '../../src/doctor/finding.ts'
import { createStateDirectory, stateDirectory } from '../../src/state-directory.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const optionsFor = (directory: string) => ({
  name: 'default',
  root: join(directory, 'state'),
  env: { PATH: process.env['PATH'] },
  directory,
  signal: AbortSignal.timeout(60_000),
})

const of = (check: string, findings: readonly Finding[]) => findings.filter((found) => found.check === check)

test('without a stack every check says something, every problem has a remedy, and nothing is written', async () => {
  const directory = await temporaryDirectory()
  const findings = await examine(optionsFor(directory))
  expect([...new Set(findings.map(({ check }) => check))]).toEqual(checks.map(({ name }) => name))
  const problems = findings.filter(({ level }) => level === 'warning' || level === 'error')
  expect(problems.filter(({ remedy }) => !remedy)).toEqual([])
  for (const check of ['processes', 'openid connect', 'permissions', 'certificates']) {
    expect(of(check, findings)).toMatchObject([{ level: 'skipped' }])
  }
  expect(await readdir(directory)).toEqual([])
})

test('a taken port is told with who took it', async () => {
  const directory = await temporaryDirectory()
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  await writeFile(join(directory, 'gatehouse.yaml'), `ports: { dex: ${port} }\n`)
  // Only Linux has /proc to tell.
  const holder = process.platform === 'linux' ? `process ${process.pid} ` : 'another process'
  const finding = of('ports', await examine(optionsFor(directory))).find(({ message }) =>
    message.startsWith('dex '),
  )
  expect(finding).toMatchObject({
    level: 'warning',
    message: expect.stringMatching(`dex ${port} is taken by ${holder}.*falls back to a free port`),
    remedy: expect.stringContaining('ports.dex'),
  })
})

test('every problem of a bad configuration is told, and what depends on it is skipped', async () => {
  const directory = await temporaryDirectory()
  await writeFile(join(directory, 'gatehouse.yaml'), 'domain: NO\nports: { dex: 0 }\nnonsense: 1\n')
  const findings = await examine(optionsFor(directory))
  const told = of('configuration', findings)
  expect(told.map(({ level }) => level)).toEqual(['error', 'error', 'error'])
  for (const path of ['/domain', '/ports/dex', '/nonsense']) {
    expect(told.map(({ message }) => message).join('\n')).toContain(path)
  }
  expect(of('host names', findings)).toMatchObject([{ level: 'skipped' }])
  expect(of('ports', findings)).toMatchObject([{ level: 'skipped' }])
})

test('a configuration file that was named and is not there is told', async () => {
  const options = { ...optionsFor(await temporaryDirectory()), configurationFile: 'other.yaml' }
  expect(of('configuration', await examine(options))).toMatchObject([
    { level: 'error', message: expect.stringContaining('other.yaml') },
  ])
})

test('an executable that is named and is not there is told', async () => {
  const options = optionsFor(await temporaryDirectory())
  const findings = await examine({ ...options, env: { ...options.env, GATEHOUSE_ETCD: '/nowhere/etcd' } })
  expect(of('binaries', findings)).toContainEqual(
    expect.objectContaining({
      level: 'error',
      message: expect.stringContaining('/nowhere/etcd is not there'),
    }),
  )
})

test('where kind is wanted and no engine answers, that is an error with the way out', async () => {
  const options = optionsFor(await temporaryDirectory())
  const env = { ...options.env, DOCKER_HOST: 'unix:///nowhere/docker.sock' }
  const findings = await examine({ ...options, env, provider: 'kind' })
  // What else it says is about this machine.
  const errors = of('docker', findings).filter(({ level }) => level === 'error')
  expect(errors).toMatchObject([
    { message: expect.stringMatching(/no `docker` on the PATH: install|no Docker engine answers: start/) },
  ])
  expect(of('docker', await examine({ ...options, env }))).toMatchObject([{ level: 'skipped' }])
})

test('a stack that holds its socket and says nothing is told, and nothing waits for it longer than seconds', async () => {
  const directory = await temporaryDirectory()
  const options = optionsFor(directory)
  const state = stateDirectory(options.root, 'default')
  await createStateDirectory(state)
  const silent = createServer().listen(state.controlSocket)
  await once(silent, 'listening')
  onTestFinished(() => void silent.close())
  const findings = await examine(options)
  expect(of('processes', findings)).toMatchObject([
    { level: 'error', message: expect.stringContaining('gave no answer within 5 s') },
  ])
  expect(of('openid connect', findings)).toMatchObject([{ level: 'skipped' }])
})

test('a check that fails, and one that never ends, are findings', async () => {
  const context = await openContext(optionsFor(await temporaryDirectory()))
  const failing = { name: 'failing', run: () => Promise.reject(new Error('the disk is gone')) }
  expect(await runCheck(failing, context)).toMatchObject([
    { check: 'failing', level: 'error', message: expect.stringContaining('the disk is gone') },
  ])
  const hanging = { name: 'hanging', run: () => new Promise<never>(() => undefined) }
  expect(await runCheck(hanging, context, 20)).toMatchObject([
    { check: 'hanging', level: 'error', message: expect.stringContaining('no answer within 0.02 s') },
  ])
})

test('a state directory that can not be read is told', async () => {
  const options = optionsFor(await temporaryDirectory())
  const state = stateDirectory(options.root, 'default')
  await createStateDirectory(state)
  await chmod(state.pki, 0o000)
  onTestFinished(() => chmod(state.pki, 0o700))
  if (process.getuid?.() === 0) {
    // Root can read everything, nobody can not.
    process.seteuid?.(65_534)
    onTestFinished(() => process.seteuid?.(0))
  }
  expect(of('permissions', await examine(options))).toMatchObject([
    { level: 'error', message: expect.stringContaining('EACCES') },
  ])
})
