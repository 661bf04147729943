import { afterAll, beforeAll } from 'vitest'
import { testAnswers } from './answers-suite.ts'
import { testDifferences } from './differential-suite.ts'
import { type ClusterFixture, startClusterFixture } from './fixtures/cluster.ts'
import { testImpersonation } from './impersonation-suite.ts'

let fixture: ClusterFixture
beforeAll(async () => {
  fixture = await startClusterFixture()
})
afterAll(() => fixture?.[Symbol.asyncDispose]())

testAnswers(() => fixture)
testDifferences(() => fixture)
// It gives somebody more rights.
testImpersonation(() => fixture)
