import { join } from 'node:path'
import type { RunResult } from '@gatehouse/conformance'
import { expect, test } from 'vitest'
import type { PathA } from './use-path-a.ts'

const SPEC = join(import.meta.dirname, 'conformance.yaml')

/** `gatehouse conformance` with the console as a way in: its offers against the API server's answers. */
export function testConformance(pathA: PathA): void {
  test(
    'the console offers each person what the API server allows, and nothing else',
    { timeout: 600_000 },
    async () => {
      const { exitCode, stdout, stderr } = await pathA.stack.gatehouse(
        'conformance',
        '--spec',
        SPEC,
        '--json',
      )
      expect(stderr).not.toContain('could not')
      const { complete, cells, disagreements, totals } = JSON.parse(stdout) as RunResult
      expect(cells.filter(({ verdict }) => verdict !== 'pass')).toEqual([])
      expect(disagreements).toEqual([])
      expect([complete, exitCode]).toEqual([true, 0])
      // A run of nothing but refusals would prove nothing.
      const console = cells.filter(({ path }) => path === 'console')
      const having = (result: string) => console.filter(({ actual }) => actual.result === result).length
      expect(having('allowed')).toBeGreaterThan(20)
      expect(having('denied')).toBeGreaterThan(15)
      expect(totals.cells).toBe(cells.length)
      // Lists and logs were not only offered: the API server has the requests in its audit log.
      const read = console.filter(
        ({ verb, actual }) => ['list', 'get'].includes(verb) && actual.result === 'allowed',
      )
      expect(read.map(({ actual }) => actual.evidence.audited)).toEqual(read.map(() => true))
    },
  )
}
