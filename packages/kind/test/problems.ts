import { type ConfigurationProblem, KindError } from '../src/index.ts'

/** What a refused configuration is refused for. */
export function problemsOf(parse: () => unknown): readonly ConfigurationProblem[] {
  try {
    parse()
  } catch (error) {
    if (error instanceof KindError && error.code === 'ERR_CONFIGURATION') return error.problems
    throw error
  }
  return []
}
