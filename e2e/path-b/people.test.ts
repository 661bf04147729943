import { afterAll, beforeAll } from 'vitest'
import { openPathB, type PathB } from './path-b.ts'
import { testPeople, testWithoutBasicRights } from './people-suite.ts'

let pathB: PathB
beforeAll(async () => {
  pathB = await openPathB('embedded')
})
afterAll(() => pathB?.[Symbol.asyncDispose]())

testPeople(() => pathB)
testWithoutBasicRights(() => pathB)
