import process from 'node:process'
import type { Reporter, TestCase, TestModule, TestSuite, Vitest } from 'vitest/node'

/**
 * Ends the output with a line for each test that failed, so that who sees only the end of a long output finds them, and
 * with `N passed, N failed, N skipped`. Under CI a skipped test is a failure: everything that can be tested is there, so
 * a test that did not run hides something.
 */
export default class Summary implements Reporter {
  #isSelection = false

  onInit({ config }: Vitest): void {
    this.#isSelection = config.testNamePattern !== undefined
  }

  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()])
    const inState = (state: string) => tests.filter((test) => test.result().state === state)
    const skipped = inState('skipped')
    // A file that could not be loaded, a hook, or an error outside of any test, is a failure without a test.
    const broken = modules.filter((module) => module.errors().length > 0)
    const suites = modules
      .flatMap((module) => [...module.children.allSuites()])
      .filter((suite) => suite.errors().length > 0)
    // What was not selected by its name (-t) is not worth a word.
    for (const test of this.#isSelection ? [] : skipped) {
      const { note } = test.result() as { note?: string }
      console.log(`skipped: ${nameOf(test)}: ${note ?? 'no reason given'}`)
    }
    const failures = [
      ...broken.map((module) => `failed: ${module.relativeModuleId}: ${firstLine(module.errors()[0])}`),
      ...suites.map((suite) => `failed: ${nameOf(suite)}: ${firstLine(suite.errors()[0])}`),
      ...errors.map((error) => `failed outside of any test: ${firstLine(error)}`),
      ...inState('failed').map((test) => `failed: ${nameOf(test)}: ${firstLine(test.result().errors?.[0])}`),
    ]
    for (const line of failures) console.log(line)
    if (process.env['CI'] && skipped.length > 0) {
      console.log('Under CI nothing may be skipped.')
      process.exitCode = 1
    }
    // A module with a failed hook has neither passed nor failed tests; it must not look like a success.
    if (tests.length === 0) process.exitCode = 1
    console.log(`${inState('passed').length} passed, ${failures.length} failed, ${skipped.length} skipped`)
  }
}

function nameOf({ module, fullName }: TestCase | TestSuite): string {
  return `${module.relativeModuleId} > ${fullName}`
}

/** The whole error, with where it happened, is further up in the output. */
function firstLine(error: unknown): string {
  const message = (error as { message?: unknown } | undefined)?.message ?? error
  return String(message).split('\n', 1)[0] ?? ''
}
