import { expect, test } from 'vitest'
import { isRecentGo } from '../src/build.ts'
import { createBuildProgress } from '../src/build-progress.ts'
import { parseChecksum } from '../src/pin.ts'
import type { Progress } from '../src/index.ts'
import { createProgressLines } from '../src/progress-lines.ts'

test("the fraction of a build is the furthest package's place among all, and never falls", () => {
  const fractions: (number | undefined)[] = []
  const take = createBuildProgress(['errors', 'fmt', 'k8s.io/api', 'main'], ({ fraction }) =>
    fractions.push(fraction),
  )
  expect(['errors', 'k8s.io/api', 'fmt', 'main'].map((line) => take(line))).toEqual([true, true, true, true])
  expect(fractions.map((fraction) => fraction?.toFixed(2))).toEqual(['0.24', '0.71', '0.71', '0.95'])
})

test('what go says otherwise is kept for the error', () => {
  const messages: string[] = []
  const take = createBuildProgress(['fmt'], ({ message }) => messages.push(message))
  expect(take('go: downloading k8s.io/api v0.37.2')).toBe(true)
  expect(take('# k8s.io/api')).toBe(false)
  expect(take('api.go:3: undefined: x')).toBe(false)
  expect(messages).toEqual(['fetching module k8s.io/api v0.37.2'])
})

test.each([
  ['go1.26.0', true],
  ['go1.26rc1', true],
  ['go1.30.2', true],
  ['go2.0', true],
  ['devel go1.27-abcdef', true],
  ['go1.25.9', false],
  ['go1.9', false],
  ['', false],
])('Go %s can build: %s', (version, expected) => {
  expect(isRecentGo(version)).toBe(expected)
})

const sum = 'AB'.repeat(32)
test.each([
  ['a bare sum', `${sum}\n`, sum.toLowerCase()],
  ['a line of sha256sum', `${'c'.repeat(64)}  other\n${sum}  kubectl\n`, sum.toLowerCase()],
  ['a line of a binary file', `${sum} *kubectl`, sum.toLowerCase()],
  ['a line with a folder', `${sum}  ./bin/kubectl`, sum.toLowerCase()],
  ['only other names', `${sum}  kubectl.tar.gz\n${sum}  not-kubectl`, undefined],
  ['an error page', '<html>404</html>', undefined],
  ['a longer sum', `${sum}${sum}`, undefined],
])('a published checksum: %s', (_, text, expected) => {
  expect(parseChecksum(text, 'kubectl')).toBe(expected)
})

test('progress as plain lines: phases, tenths, and messages without a fraction', () => {
  const lines: string[] = []
  const show = createProgressLines((line) => lines.push(line))
  const steps: Omit<Progress, 'binary'>[] = [
    { phase: 'check', message: 'a' },
    { phase: 'check', message: 'b' },
    { phase: 'build', fraction: 0.01, message: 'c' },
    { phase: 'build', fraction: 0.02, message: 'd' },
    { phase: 'build', fraction: 0.2, message: 'e' },
    { phase: 'done', fraction: 1, message: 'f' },
  ]
  for (const step of steps) show({ binary: 'kwok', ...step })
  expect(lines).toEqual([
    'kwok: check: a',
    'kwok: check: b',
    'kwok: build 1%: c',
    'kwok: build 20%: e',
    'kwok: done: f',
  ])
})
