import process from 'node:process'
import type { Reporter, TestModule } from 'vitest/node'

/**
 * Ends the output with one line, `N passed, N failed, N skipped`. Under CI a skipped test is a failure:
 * everything that can be tested is there, so a test that did not run hides something.
 */
export default class Summary implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()])
    const inState = (state: string) => tests.filter((test) => test.result().state === state)
    const skipped = inState('skipped')
    // A file that could not be loaded, or an error outside of any test, is a failure without a test.
    const broken = modules.filter((module) => module.errors().length > 0).length + errors.length
    const failed = inState('failed').length + broken
    for (const test of skipped) {
      const { note } = test.result() as { note?: string }
      console.log(`skipped: ${test.module.relativeModuleId} > ${test.fullName}: ${note ?? 'no reason given'}`)
    }
    if (process.env['CI'] && skipped.length > 0) {
      console.log('Under CI nothing may be skipped.')
      process.exitCode = 1
    }
    // A module with a failed hook has neither passed nor failed tests; it must not look like a success.
    if (tests.length === 0) process.exitCode = 1
    console.log(`${inState('passed').length} passed, ${failed} failed, ${skipped.length} skipped`)
  }
}
