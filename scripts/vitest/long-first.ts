import { BaseSequencer, type TestSpecification } from 'vitest/node'

/**
 * What takes minutes begins first, so that no worker is left alone with it at the end: end-to-end tests, then
 * those of a whole cluster. On a clean checkout vitest itself knows only how large the files are.
 */
export default class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- not an array's
    const sorted = await super.sort(files)
    return sorted.toSorted((a, b) => rankOf(a.moduleId) - rankOf(b.moduleId))
  }
}

const RANKS = [/\/e2e\//, /\/packages\/(cluster|personas|kind)\//]

function rankOf(path: string): number {
  const rank = RANKS.findIndex((pattern) => pattern.test(path))
  return rank === -1 ? RANKS.length : rank
}
