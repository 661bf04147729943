import { BaseSequencer, type TestSpecification } from 'vitest/node'

/**
 * What takes minutes begins first, so that no worker is left alone with it at the end; of that, first what tests of
 * other clusters compare their answers with, and last those. On a clean checkout vitest itself knows only how large
 * the files are.
 */
export default class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- not an array's
    const sorted = await super.sort(files)
    return sorted.toSorted((a, b) => rankOf(a.moduleId) - rankOf(b.moduleId))
  }
}

const RANKS = [
  /\/e2e\/(path-a\/console|path-b\/path-b|conformance\/conformance|accessing-clusters\/accessing-clusters)\.test\.ts$/,
  /\/e2e\/.*(?<!\.docker)\.test\.ts$/,
  /\/packages\/(cluster|personas|kind)\//,
  /^(?!.*\/e2e\/)/,
]

function rankOf(path: string): number {
  const rank = RANKS.findIndex((pattern) => pattern.test(path))
  return rank === -1 ? RANKS.length : rank
}
