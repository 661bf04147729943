import { type Site, siteOf } from '@gatehouse/e2e-path-b/site'
import { afterAll, beforeAll } from 'vitest'
import { testKubeconfigAccess } from './files-suite.ts'
import { testGatehousePlugin } from './gatehouse-plugin-suite.ts'
import { testKubelogin } from './kubelogin-suite.ts'
import { testMerge } from './merge-suite.ts'
import { openWorld, type World } from './world.ts'

let world: World
let site: Site
beforeAll(async () => {
  world = await openWorld()
  site = await siteOf(world.stack, 'embedded')
})
afterAll(() => world?.[Symbol.asyncDispose]())

testGatehousePlugin(() => world)
testKubelogin(() => world)
testMerge(() => world)
testKubeconfigAccess(() => site)
