import { readdir, readFile, writeFile } from 'node:fs/promises'
import type { RequestListener } from 'node:http'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { downloadArtifact } from '../src/download.ts'
import { openHttp } from '../src/http.ts'
import { sha256, startReleaseServer, startServer } from './release-server.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const content = Buffer.from('0123456789'.repeat(50_000))
const impatient = { connectMs: 300, headersMs: 300, bodyMs: 300 }

/** Downloads `url` into a new folder, in which a part may lie from an earlier time. */
async function download(
  url: string,
  options: { part?: Uint8Array; sum?: string; signal?: AbortSignal } = {},
) {
  const directory = await temporaryDirectory()
  const file = join(directory, 'kubectl')
  const partialFile = join(directory, '.kubectl.partial')
  if (options.part) await writeFile(partialFile, options.part)
  const fractions: number[] = []
  await using http = openHttp({}, impatient)
  const failure: unknown = await downloadArtifact(
    { url, sha256: options.sum ?? sha256(content), member: undefined },
    file,
    {
      http,
      partialFile,
      signal: options.signal ?? new AbortController().signal,
      onFraction: (fraction) => fractions.push(fraction),
    },
  ).catch((error: unknown) => error)
  return { failure, fractions, file, partialFile, files: await readdir(directory) }
}

test('what has the pinned checksum is taken, and its progress told', async () => {
  const { url } = await startReleaseServer({ '/kubectl': content })
  const { failure, fractions, file, files } = await download(`${url}/kubectl`)
  expect(failure).toBeUndefined()
  expect(content.equals(await readFile(file))).toBe(true)
  expect(files).toEqual(['kubectl'])
  expect(fractions).toEqual(fractions.toSorted((a, b) => a - b))
  expect(fractions.at(-1)).toBe(1)
})

test('what has another checksum is refused and removed', async () => {
  const { url } = await startReleaseServer({ '/kubectl': content })
  const { failure, files } = await download(`${url}/kubectl`, { sum: sha256('something else') })
  expect(failure).toMatchObject({ code: 'ERR_CHECKSUM', message: expect.stringContaining(sha256(content)) })
  expect(files).toEqual([])
})

test('a download that broke off goes on where it was', async () => {
  const { url, requests } = await startReleaseServer({ '/kubectl': content })
  const { failure, fractions, file } = await download(`${url}/kubectl`, {
    part: content.subarray(0, 400_000),
  })
  expect(failure).toBeUndefined()
  expect(content.equals(await readFile(file))).toBe(true)
  expect(requests).toEqual([{ url: '/kubectl', range: 'bytes=400000-' }])
  expect(fractions[0]).toBeGreaterThan(0.8)
})

test.each([
  ['is of something else', Buffer.from('malicious')],
  ['is longer than the whole', Buffer.concat([content, content])],
])('a part that %s is thrown away, and all is fetched anew', async (_, part) => {
  const { url } = await startReleaseServer({ '/kubectl': content })
  const { failure, file } = await download(`${url}/kubectl`, { part })
  expect(failure).toBeUndefined()
  expect(content.equals(await readFile(file))).toBe(true)
})

test('a server that knows no ranges sends everything again', async () => {
  const url = await startServer((_, response) => response.end(content))
  const { failure, file } = await download(url, { part: content.subarray(0, 1000) })
  expect(failure).toBeUndefined()
  expect(content.equals(await readFile(file))).toBe(true)
})

test('a connection that breaks leaves the part for the next time, under no name that could be run', async () => {
  const url = await startServer((_, response) => {
    response.writeHead(200, { 'content-length': content.length })
    response.write(content.subarray(0, 300_000), () => response.destroy())
  })
  const { failure, files, partialFile } = await download(url)
  expect(failure).toMatchObject({ code: 'ERR_DOWNLOAD', message: expect.stringContaining('broke off after') })
  expect(files).toEqual(['.kubectl.partial'])
  const part = await readFile(partialFile)
  expect(part.equals(content.subarray(0, part.length))).toBe(true)
})

const failing: [string, RequestListener, RegExp][] = [
  ['answers 404', (_, response) => response.writeHead(404).end(), /answered 404/],
  ['answers 403', (_, response) => response.writeHead(403).end(), /answered 403/],
  ['answers 500', (_, response) => response.writeHead(500).end(), /answered 500/],
  ['never answers', () => undefined, /can't be reached: no answer within/],
  [
    'stops in the middle',
    (_, response) => response.writeHead(200, { 'content-length': 9 }).write('x'),
    /broke off after 1 bytes/,
  ],
  ['hangs up', (request) => request.socket.destroy(), /can't be reached/],
  [
    'redirects in a circle',
    (_, response) => response.writeHead(302, { location: '/' }).end(),
    /redirects more than/,
  ],
  [
    'redirects to a file',
    (_, response) => response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
    /not https/,
  ],
]
test.each(failing)(
  'a server that %s fails the download within seconds',
  { timeout: 20_000 },
  async (_, listener, message) => {
    const { failure } = await download(await startServer(listener))
    expect(failure).toMatchObject({ code: 'ERR_DOWNLOAD', message: expect.stringMatching(message) })
  },
)

test('a redirect is followed, with the range', async () => {
  const { url, requests } = await startReleaseServer({ '/kubectl': content })
  const redirecting = await startServer((_, response) =>
    response.writeHead(302, { location: `${url}/kubectl` }).end(),
  )
  const { failure } = await download(redirecting, { part: content.subarray(0, 10) })
  expect(failure).toBeUndefined()
  expect(requests).toEqual([{ url: '/kubectl', range: 'bytes=10-' }])
})

test.each([
  ['a closed port', 'http://127.0.0.1:1'],
  ['a name that does not resolve', 'https://releases.invalid/kubectl'],
])('%s fails the download within seconds', { timeout: 20_000 }, async (_, url) => {
  const { failure } = await download(url)
  expect(failure).toMatchObject({
    code: 'ERR_DOWNLOAD',
    message: expect.stringContaining("can't be reached"),
  })
})

test('a host that could not be reached is not asked again', async () => {
  let asked = 0
  const url = await startServer((request) => {
    asked++
    request.socket.destroy()
  })
  await using http = openHttp({}, impatient)
  const { signal } = new AbortController()
  await expect(http.get(`${url}/1`, { signal })).rejects.toThrow(/can't be reached/)
  const afterFirst = asked
  await expect(http.get(`${url}/2`, { signal })).rejects.toThrow(/can't be reached/)
  expect(asked).toBe(afterFirst)
})

test("a download goes through the environment's proxy, except to what NO_PROXY names", async () => {
  const { url: direct } = await startReleaseServer({ '/kubectl': content })
  const asked: string[] = []
  const proxy = await startServer((request, response) => {
    asked.push(request.url ?? '')
    response.writeHead(403).end()
  })
  await using http = openHttp({ HTTP_PROXY: proxy, NO_PROXY: '127.0.0.1' }, impatient)
  const { signal } = new AbortController()
  await expect(http.get('http://releases.invalid/kubectl', { signal })).rejects.toThrow(/releases.invalid/)
  expect(asked).toEqual([expect.stringContaining('releases.invalid')])
  expect((await http.get(`${direct}/kubectl`, { signal })).status).toBe(200)
  expect(asked).toHaveLength(1)
})

test('an abort ends a download at once and keeps the part', async () => {
  const controller = new AbortController()
  const url = await startServer((_, response) => {
    response.writeHead(200, { 'content-length': content.length })
    response.write(content.subarray(0, 100), () => controller.abort(new Error('enough')))
  })
  const { failure, files } = await download(url, { signal: controller.signal })
  expect(failure).toHaveProperty('message', 'enough')
  expect(files.filter((name) => name !== '.kubectl.partial')).toEqual([])
})
