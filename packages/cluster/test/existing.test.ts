import { afterAll, beforeAll } from 'vitest'
import { startTestCluster, type TestCluster } from '../src/test-cluster.ts'
import { testCredentials } from './existing-credentials-suite.ts'
import { testWrites } from './existing-writes-suite.ts'

let started: TestCluster
beforeAll(async () => {
  started = await startTestCluster()
})
afterAll(() => started?.[Symbol.asyncDispose]())

testCredentials(() => started)
testWrites(() => started)
