import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { isDeepStrictEqual } from 'node:util'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Client } from 'undici'
import type { UpstreamError } from '../src/upstream/errors.ts'
import type { ResponseHead } from '../src/upstream/response-head.ts'
import { ResponseParser } from '../src/upstream/response-parser.ts'

interface Parsed {
  readonly head: ResponseHead | undefined
  readonly body: string
  readonly isDone: boolean
  readonly surplus: string
  readonly error: string | undefined
}

/** Feeds the bytes in pieces that end at `cuts`. */
function parse(text: string, { method = 'GET', cuts = [] as readonly number[] } = {}): Parsed {
  const bytes = Buffer.from(text, 'latin1')
  let head: ResponseHead | undefined
  let body = ''
  const parser = new ResponseParser(method, {
    onHead: (one) => {
      head = one
    },
    onData: (data) => {
      body += data.toString('latin1')
    },
    onEnd: () => undefined,
  })
  const stops = [...new Set([...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].toSorted(
    (a, b) => a - b,
  )
  let surplus = ''
  let start = 0
  try {
    for (const stop of stops) {
      surplus += parser.feed(bytes.subarray(start, stop)).toString('latin1')
      start = stop
    }
  } catch (error) {
    return { head, body, isDone: parser.isDone, surplus, error: (error as UpstreamError).code }
  }
  return { head, body, isDone: parser.isDone, surplus, error: undefined }
}

const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'

describe('answers', () => {
  test.each([
    ['a length', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A: b\r\n\r\nhello', 'hello'],
    ['no length at all', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', ''],
    ['chunks', `${chunked}3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n`, 'hello'],
    ['chunks with trailers', `${chunked}5\r\nhello\r\n0\r\nX-Evil: yes\r\n\r\n`, 'hello'],
    ['a chunk size in capitals', `${chunked}0A\r\n0123456789\r\n0\r\n\r\n`, '0123456789'],
    ['no content', 'HTTP/1.1 204 No Content\r\n\r\n', ''],
    ['not modified with a length', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n', ''],
    [
      'interim answers in front',
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
      'ok',
    ],
    ['no reason phrase', 'HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok', 'ok'],
  ])('%s', (_what, text, body) => {
    expect(parse(text)).toMatchObject({ body, isDone: true, surplus: '', error: undefined })
    // However the bytes arrive, the answer is the same.
    for (let cut = 1; cut < text.length; cut++) expect(parse(text, { cuts: [cut] })).toEqual(parse(text))
    const each = Array.from({ length: text.length }, (_, n) => n)
    expect(parse(text, { cuts: each })).toEqual(parse(text))
  })

  test('HEAD has no body, whatever its headers say', () => {
    const text = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n'
    expect(parse(text, { method: 'HEAD' })).toMatchObject({ isDone: true, body: '' })
  })

  test('bytes behind an answer are told apart from it', () => {
    const text = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n'
    expect(parse(text)).toMatchObject({ body: 'ok', surplus: 'HTTP/1.1 200 OK\r\n' })
  })

  test('headers of the connection stay behind, and so does what Connection names', () => {
    const { head } = parse(
      'HTTP/1.1 200 OK\r\nConnection: close, X-Hop\r\nKeep-Alive: x\r\nX-Hop: 1\r\nTrailer: X\r\nX-Kept: 2\r\nContent-Length: 0\r\n\r\n',
    )
    expect(head?.headers).toEqual(['X-Kept', '2', 'Content-Length', '0'])
    expect(head?.keepAlive).toBe(false)
  })
})

describe('what is not an answer that everybody reads in the same way is an error', () => {
  test.each([
    [
      'Content-Length and chunked',
      'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['two Content-Lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok'],
    ['a list of lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\nok'],
    ['a negative length', 'HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\nok'],
    ['two codings', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n'],
    ['no end', 'HTTP/1.1 200 OK\r\n\r\nok'],
    ['HTTP/1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok'],
    ['another protocol', 'SSH-2.0-x\r\n\r\n'],
    ['a status of two digits', 'HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n'],
    ['bare LF', 'HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n'],
    ['a bare CR in a value', 'HTTP/1.1 200 OK\r\nX: a\rb\r\nContent-Length: 0\r\n\r\n'],
    ['NUL in a value', 'HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 0\r\n\r\n'],
    ['a folded line', 'HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 0\r\n\r\n'],
    ['a space before the colon', 'HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\nok'],
    ['a header without colon', 'HTTP/1.1 200 OK\r\nX\r\nContent-Length: 0\r\n\r\n'],
    ['an empty header name', 'HTTP/1.1 200 OK\r\n: x\r\nContent-Length: 0\r\n\r\n'],
    ['a chunk size that is no number', `${chunked}x\r\n`],
    ['a chunk size with an extension', `${chunked}2;a=b\r\nok\r\n0\r\n\r\n`],
    ['a chunk size with a space', `${chunked}2 \r\nok\r\n0\r\n\r\n`],
    ['a chunk size without end', `${chunked}${'0'.repeat(40)}`],
    ['a chunk size with a bare LF', `${chunked}2\nok\r\n0\r\n\r\n`],
    ['a chunk that is longer than it says', `${chunked}2\r\nokay\r\n0\r\n\r\n`],
    ['trailers without end', `${chunked}0\r\n${'X: y\r\n'.repeat(5000)}`],
    ['a head without end', `HTTP/1.1 200 OK\r\n${'X: y\r\n'.repeat(60_000)}`],
  ])('%s', (_what, text) => {
    expect(parse(text).error).toBe('ERR_UPSTREAM_MALFORMED')
    const each = Array.from({ length: Math.min(text.length, 200) }, (_, n) => n)
    expect(parse(text, { cuts: each }).error).toBe('ERR_UPSTREAM_MALFORMED')
  })

  test('an answer that is cut anywhere is never taken for a whole one', () => {
    for (const text of [
      `${chunked}3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n`,
      'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello',
    ]) {
      for (let length = 0; length < text.length; length++)
        expect(parse(text.slice(0, length)).isDone).toBe(false)
    }
  })
})

const SEED = 20_261_122

test('where undici reads an answer, so does the parser, and in the same way', async () => {
  const pieces = fc.constantFrom(
    'Content-Length: 3\r\n',
    'Content-Length: 0\r\n',
    'Transfer-Encoding: chunked\r\n',
    'X-A: b\r\n',
    'x-a:c \r\n',
    'Connection: close\r\n',
    'HTTP/1.1 200 OK\r\n',
  )
  const bodies = fc.constantFrom(
    'abc',
    '',
    '3\r\nabc\r\n0\r\n\r\n',
    '1\r\na\r\n2\r\nbc\r\n0\r\nT: x\r\n\r\n',
    'abcdef',
    'zz\r\n',
  )
  const responses = fc
    .tuple(
      fc.constantFrom('HTTP/1.1 200 OK\r\n', 'HTTP/1.1 204 No\r\n', 'HTTP/1.1 404 Not Found\r\n'),
      fc.array(pieces, { maxLength: 3 }),
      bodies,
    )
    .map(([start, lines, body]) => `${start}${lines.join('')}\r\n${body}`)
  let text = ''
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', () => socket.end(text, 'latin1'))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const counts = { same: 0, stricter: 0, bothRefuse: 0 }
  const property = fc.asyncProperty(
    responses,
    fc.array(fc.nat({ max: 120 }), { maxLength: 4 }),
    async (one, cuts) => {
      text = one
      const client = new Client(url, { pipelining: 0 })
      const reference = await client
        .request({ path: '/', method: 'GET' })
        .then(async ({ statusCode, body }) => ({ status: statusCode, body: await body.text() }))
        .catch(() => undefined)
      await client.destroy()
      const ours = parse(one, { cuts })
      if (!ours.isDone) {
        counts[reference === undefined ? 'bothRefuse' : 'stricter']++
        return true
      }
      counts.same++
      return isDeepStrictEqual({ status: ours.head?.status, body: ours.body }, reference)
    },
  )
  await fc.assert(property, { seed: SEED, numRuns: 400 })
  server.close()
  expect(counts.same).toBeGreaterThan(40)
  expect(counts.bothRefuse + counts.stricter).toBeGreaterThan(40)
})
