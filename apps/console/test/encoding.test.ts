import { expect, test } from 'vitest'
import { chooseEncoding } from '../src/answer.ts'

const body = Buffer.from('x')
const all = { bodies: { identity: body, br: body, gzip: body } }

test.each([
  [undefined, 'identity'],
  ['', 'identity'],
  ['gzip, deflate, br', 'br'],
  ['gzip;q=1.0, br;q=0', 'gzip'],
  ['GZIP', 'gzip'],
  ['br ; q=0.000', 'identity'],
  ['zstd', 'identity'],
] as const)('%j gets %s', (accepted, expected) => {
  expect(chooseEncoding(accepted, all)).toBe(expected)
})

test('a file that has no compressed form goes out as it is', () => {
  expect(chooseEncoding('br, gzip', { bodies: { identity: body } })).toBe('identity')
})
