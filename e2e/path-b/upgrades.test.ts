import { afterAll, beforeAll } from 'vitest'
import { startTestStack, type TestStack } from './gatehouse.ts'
import { testUpgrades } from './upgrades-suite.ts'

let stack: TestStack
beforeAll(async () => {
  stack = await startTestStack()
})
afterAll(() => stack?.[Symbol.asyncDispose]())

testUpgrades(() => stack)
