import { rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Registry } from 'prom-client'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { createLogger, followConfiguration, type PreparedConfiguration } from '../src/index.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const schema = z.strictObject({
  port: z.int(),
  colour: z.string(),
  limits: z.strictObject({ bytes: z.int(), requests: z.int() }),
})
type Config = z.output<typeof schema>
const started: Config = { port: 1, colour: 'red', limits: { bytes: 1, requests: 1 } }

async function setUp(prepare?: (next: Config) => Promise<void>) {
  const directory = await temporaryDirectory()
  const file = join(directory.path, 'config.json')
  const write = async (content: object | string) => {
    await writeFile(`${file}.new`, typeof content === 'string' ? content : JSON.stringify(content))
    await rename(`${file}.new`, file)
  }
  await write(started)
  const lines: Record<string, unknown>[] = []
  const logger = createLogger({
    name: 'test',
    destination: { write: (line: string) => void lines.push(JSON.parse(line)) },
  })
  const registry = new Registry()
  const calls: string[] = []
  const following = followConfiguration({
    file,
    schema,
    started,
    restartKeys: ['port', 'limits.bytes'],
    logger,
    metrics: { registry, prefix: 'test' },
    async prepare(next): Promise<PreparedConfiguration> {
      calls.push(`prepare ${next.colour}`)
      await prepare?.(next)
      return {
        commit: () => void calls.push(`commit ${next.colour}`),
        abort: async () => void calls.push(`abort ${next.colour}`),
      }
    },
  })
  onTestFinished(async () => {
    await following[Symbol.asyncDispose]()
    await directory[Symbol.asyncDispose]()
  })
  const errors = () => lines.filter(({ level }) => level === 'error')
  const isSuccessful = async () => {
    const { values } = await registry.getSingleMetric('test_config_last_reload_successful')!.get()
    return values[0]?.value
  }
  return { file, write, errors, lines, calls, following, isSuccessful }
}

test('a new content is prepared and then committed, once', async () => {
  const { write, calls, isSuccessful } = await setUp()
  await write({ ...started, colour: 'blue' })
  await expect.poll(() => calls).toEqual(['prepare blue', 'commit blue'])
  process.emit('SIGHUP')
  await write({ ...started, colour: 'green' })
  await expect.poll(() => calls.slice(2)).toEqual(['prepare green', 'commit green'])
  expect(await isSuccessful()).toBe(1)
})

test.each<[string, object | string, object]>([
  ['is broken', '{', { reason: expect.stringContaining('line 1') }],
  ['is wrong', { ...started, colour: 1 }, { reason: expect.stringContaining('/colour') }],
  [
    'changes what needs a restart',
    { port: 2, colour: 'blue', limits: { bytes: 2, requests: 2 } },
    { needRestart: ['port', 'limits.bytes'] },
  ],
])('a content that %s is never prepared, and told until it is mended', async (_what, content, told) => {
  const { file, write, errors, lines, calls, isSuccessful } = await setUp()
  await write(content)
  await expect.poll(errors).toMatchObject([{ file, ...told }])
  expect(await isSuccessful()).toBe(0)
  await write(started)
  await expect.poll(isSuccessful).toBe(1)
  expect(lines.at(-1)).toMatchObject({
    level: 'info',
    msg: 'the configuration file says again what is in use',
  })
  expect(calls).toEqual([])
})

test('a file that is gone changes nothing', async () => {
  const { file, errors, calls } = await setUp()
  await rm(file)
  await expect.poll(errors).toMatchObject([{ reason: expect.stringContaining('no such file') }])
  expect(calls).toEqual([])
})

test('what can’t be prepared is told with its reason, and tried again at SIGHUP', async () => {
  let isThere = false
  const { write, errors, calls } = await setUp(async () => {
    if (!isThere) throw new Error('the certificate is not there')
  })
  await write({ ...started, colour: 'blue' })
  await expect.poll(errors).toMatchObject([{ reason: 'the certificate is not there' }])
  isThere = true
  process.emit('SIGHUP')
  await expect.poll(() => calls).toEqual(['prepare blue', 'prepare blue', 'commit blue'])
})

test('changes come one after the other', async () => {
  const first = Promise.withResolvers<void>()
  const { write, calls } = await setUp((next) => (next.colour === 'blue' ? first.promise : Promise.resolve()))
  await write({ ...started, colour: 'blue' })
  await expect.poll(() => calls).toEqual(['prepare blue'])
  await write({ ...started, colour: 'green' })
  process.emit('SIGHUP')
  first.resolve()
  await expect.poll(() => calls).toEqual(['prepare blue', 'commit blue', 'prepare green', 'commit green'])
})

test('a change that comes too late, since the service ends, is aborted', async () => {
  const ready = Promise.withResolvers<void>()
  const { write, calls, following } = await setUp(() => ready.promise)
  await write({ ...started, colour: 'blue' })
  await expect.poll(() => calls).toEqual(['prepare blue'])
  const disposed = following[Symbol.asyncDispose]()
  ready.resolve()
  await disposed
  expect(calls).toEqual(['prepare blue', 'abort blue'])
})
