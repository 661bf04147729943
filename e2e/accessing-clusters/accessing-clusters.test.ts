import { testKubeconfigAccess } from '@gatehouse/e2e-kubeconfig-access/files-suite'
import { testGatehousePlugin } from '@gatehouse/e2e-kubeconfig-access/gatehouse-plugin-suite'
import { testKubelogin } from '@gatehouse/e2e-kubeconfig-access/kubelogin-suite'
import { testMerge } from '@gatehouse/e2e-kubeconfig-access/merge-suite'
import { type Site, siteOf } from '@gatehouse/e2e-path-b/site'
import { afterAll, beforeAll } from 'vitest'
import { testClients } from './clients-suite.ts'
import { testClusterFiles } from './cluster-files-suite.ts'
import { testPage } from './page-suite.ts'
import { testSecrets } from './secrets-suite.ts'
import { openWorld, type World } from './world.ts'

let world: World
let site: Site
beforeAll(async () => {
  world = await openWorld()
  site = await siteOf(world.stack, 'embedded')
})
afterAll(() => world?.[Symbol.asyncDispose]())

testPage(() => world)
testClients(() => world)
testClusterFiles(() => world)
testGatehousePlugin(() => world)
testKubelogin(() => world)
testMerge(() => world)
testKubeconfigAccess(() => site)
testSecrets(() => world)
