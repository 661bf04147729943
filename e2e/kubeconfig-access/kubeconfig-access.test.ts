import { afterAll, beforeAll } from 'vitest'
import { testGatehousePlugin } from './gatehouse-plugin-suite.ts'
import { testKubelogin } from './kubelogin-suite.ts'
import { testMerge } from './merge-suite.ts'
import { openWorld, type World } from './world.ts'

let world: World
beforeAll(async () => {
  world = await openWorld()
})
afterAll(() => world?.[Symbol.asyncDispose]())

testGatehousePlugin(() => world)
testKubelogin(() => world)
testMerge(() => world)
