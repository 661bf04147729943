import { planCells, planQuestions, uncoveredBy } from '../plan/cells.ts'
import { compileExpectations } from '../plan/expectations.ts'
import type { RunResult } from '../result.ts'
import { run, type RunOptions } from './run.ts'

/**
 * Checks what a spec says: its rules, and its default for everything else that the cluster serves.
 *
 * @throws ConformanceError, the signal's reason
 */
export function runSpec(options: RunOptions): Promise<RunResult> {
  const { spec: loaded } = options
  return run(options, {
    mode: 'spec',
    cells({ catalogue, places, paths }) {
      const expectations = compileExpectations(loaded)
      const questions = planQuestions(loaded.spec, catalogue, places)
      const cells = planCells(questions, paths, ({ question }) => expectations.of(question), {
        withUnexpected: false,
      })
      // Rules may be about what is away.
      if (catalogue.unavailable.length === 0) expectations.requireAllUsed()
      return { cells, uncovered: uncoveredBy(cells, questions) }
    },
  })
}
