import { expect, test } from 'vitest'
import { auditIdOf } from '../src/index.ts'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

test.each(['0a1b', 'b9e7b5f0-9d3c-4e55-8f1c-1d5d6f0f8a11', 'ci.run_7:42', 'x'.repeat(128)])(
  'the Audit-ID %s of a client is kept',
  (id) => {
    expect(auditIdOf([id])).toBe(id)
  },
)

test.each([
  ['missing', undefined],
  ['empty', ['']],
  ['there twice', ['a', 'b']],
  ['too long', ['x'.repeat(129)]],
  ['not fit for a shell', ['$(id)']],
  ['not fit for a terminal', ['a\u009b31m']],
  ['not fit for a line', ['a\nb']],
  ['like an option', ['-rf']],
])('one that is %s is replaced', (_what, values) => {
  expect(auditIdOf(values)).toMatch(UUID)
})
