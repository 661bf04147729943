import type { IncomingHttpHeaders } from 'node:http'
import { describe, expect, test } from 'vitest'
import { type EncodingQuestion, isCompressible, preferredEncoding } from '../src/encoding.ts'

const SCRIPT = { 'content-type': 'text/javascript', 'content-length': '5000' }
const asked = (answer: IncomingHttpHeaders, over: Partial<EncodingQuestion> = {}) =>
  isCompressible({ method: 'GET', request: {}, code: 200, answer, ...over })

describe('an answer is compressed', () => {
  test.each<[string, IncomingHttpHeaders]>([
    ['a script', SCRIPT],
    ['a page with parameters in its type', { 'content-type': 'Text/HTML; charset=utf-8' }],
    ['a document without a length', { 'content-type': 'application/json' }],
    ['a drawing', { ...SCRIPT, 'content-type': 'image/svg+xml' }],
    ['what may be kept by all', { ...SCRIPT, 'cache-control': 'public, max-age=31536000, immutable' }],
  ])('%s', (_, answer) => expect(asked(answer)).toBe(true))
})

describe('an answer is left as it is', () => {
  test.each<[string, IncomingHttpHeaders, Partial<EncodingQuestion>?]>([
    ['without a type', {}],
    ['compressed already', { ...SCRIPT, 'content-encoding': 'gzip' }],
    ['an image', { ...SCRIPT, 'content-type': 'image/png' }],
    ['a font', { ...SCRIPT, 'content-type': 'font/woff2' }],
    ['an archive', { ...SCRIPT, 'content-type': 'application/gzip' }],
    ['server-sent events', { 'content-type': 'text/event-stream; charset=utf-8' }],
    ['a watch', { 'content-type': 'application/json;stream=watch' }],
    ['a small one', { ...SCRIPT, 'content-length': '1023' }],
    ['with a cookie (BREACH)', { ...SCRIPT, 'set-cookie': ['csrf=1'] }],
    ['private (BREACH)', { ...SCRIPT, 'cache-control': 'private, max-age=5' }],
    ['not to be kept (BREACH)', { ...SCRIPT, 'cache-control': 'No-Store' }],
    ['not to be changed', { ...SCRIPT, 'cache-control': 'no-transform' }],
    ['for somebody with a token (BREACH)', SCRIPT, { request: { authorization: 'Bearer x' } }],
    ['for somebody with a cookie (BREACH)', SCRIPT, { request: { cookie: 'session=x' } }],
    ['to a POST', SCRIPT, { method: 'POST' }],
    ['to a HEAD', SCRIPT, { method: 'HEAD' }],
    ['a part', SCRIPT, { code: 206 }],
    ['an error', SCRIPT, { code: 500 }],
    ['nothing new', SCRIPT, { code: 304 }],
  ])('%s', (_, answer, over) => expect(asked(answer, over)).toBe(false))
})

test.each<[string | undefined, string | undefined]>([
  [undefined, undefined],
  ['', undefined],
  ['identity', undefined],
  ['gzip, deflate, br, zstd', 'br'],
  ['gzip, deflate', 'gzip'],
  ['br;q=0.5, gzip', 'gzip'],
  ['br;q=0, gzip;q=0', undefined],
  ['*', 'br'],
  ['br;q=0, *;q=0.1', 'gzip'],
  ['GZIP;Q=1', 'gzip'],
  ['br;q=nonsense', undefined],
])('who accepts %j gets %j', (header, encoding) => expect(preferredEncoding(header)).toBe(encoding))
