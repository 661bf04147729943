import { afterAll, beforeAll } from 'vitest'
import { testDoctor } from './doctor-suite.ts'
import { openPathB, type PathB } from './path-b.ts'
import { testPeople, testWithoutBasicRights } from './people-suite.ts'
import { testUpgrades } from './upgrades-suite.ts'
import { testWhy } from './why-suite.ts'

// One stack for all of them; the last two take rights away.
let pathB: PathB
beforeAll(async () => {
  pathB = await openPathB('embedded')
})
afterAll(() => pathB?.[Symbol.asyncDispose]())

testPeople(() => pathB)
testUpgrades(() => pathB)
testDoctor(() => pathB)
testWhy(() => pathB)
testWithoutBasicRights(() => pathB)
