import { afterAll, beforeAll } from 'vitest'
import { startTestStack, type TestStack } from './gatehouse.ts'
import { observe, type Observer } from './observer.ts'
import { testUpgrades } from './upgrades-suite.ts'

let stack: TestStack
let observer: Observer
beforeAll(async () => {
  stack = await startTestStack()
  observer = await observe(stack, 'admin@kyma.cx')
})
afterAll(async () => {
  await observer?.[Symbol.asyncDispose]()
  await stack?.[Symbol.asyncDispose]()
})

testUpgrades(() => ({ stack, observer }))
