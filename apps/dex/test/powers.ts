import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startTestDex, type TestDex } from './test-dex.ts'

export interface PoweredDex extends AsyncDisposable {
  readonly dex: TestDex
  /** `https://127.0.0.1:port` of the test powers. */
  readonly url: string
  readonly secret: string
  readonly secretFile: string
  /** Uses a test power; `headers` replace, undefined removes. */
  readonly use: (
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string | undefined>,
  ) => Promise<{ status: number; body: Record<string, unknown>; headers: Headers }>
}

/** A mock Dex with its test powers on. */
export async function startPoweredDex(settings: Record<string, unknown> = {}): Promise<PoweredDex> {
  const directory = await mkdtemp(join(tmpdir(), 'dex-powers-'))
  const secretFile = join(directory, 'secret')
  const dex = await startTestDex({
    ...settings,
    gatehouse: { testPowers: { listen: { port: 0 }, secretFile } },
  })
  const url = dex.service.urls['testPowers']!
  const secret = (await readFile(secretFile, 'utf8')).trim()
  return {
    dex,
    url,
    secret,
    secretFile,
    async use(method, path, body, headers = {}) {
      const all: Record<string, string | undefined> = {
        authorization: `Bearer ${secret}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      }
      const given = Object.entries(all).filter((pair): pair is [string, string] => pair[1] !== undefined)
      const response = await dex.fetch(`${url}${path}`, {
        method,
        headers: Object.fromEntries(given),
        body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
      })
      const text = await response.text()
      const parsed = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>)
      return { status: response.status, body: parsed, headers: new Headers([...response.headers]) }
    },
    async [Symbol.asyncDispose]() {
      await dex[Symbol.asyncDispose]()
      await rm(directory, { recursive: true, force: true })
    },
  }
}
