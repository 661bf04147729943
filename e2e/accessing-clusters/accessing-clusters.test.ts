import { afterAll, beforeAll } from 'vitest'
import { testClients } from './clients-suite.ts'
import { testClusterFiles } from './cluster-files-suite.ts'
import { testPage } from './page-suite.ts'
import { testSecrets } from './secrets-suite.ts'
import { openWorld, type World } from './world.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world?.[Symbol.asyncDispose]())

testPage(() => world)
testClients(() => world)
testClusterFiles(() => world)
testSecrets(() => world)
