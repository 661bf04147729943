import { afterAll, beforeAll } from 'vitest'
import { testAccessTable } from './access-table-suite.ts'
import { testDownloads } from './downloads-suite.ts'
import { startTwoClusters, type TwoClusters } from './two-clusters.ts'

let world: TwoClusters
beforeAll(async () => {
  world = await startTwoClusters()
}, 300_000)
afterAll(() => world?.[Symbol.asyncDispose]())

// First the one that knows every download there is.
testDownloads(() => world)
testAccessTable(() => world)
