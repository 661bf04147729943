import { siteOf, type Site } from '@gatehouse/e2e-path-b/site'
import { startTestStack, type TestStack } from '@gatehouse/e2e-path-b/gatehouse'
import { afterAll, beforeAll } from 'vitest'
import { testPathA } from './people-suite.ts'

let stack: TestStack
let site: Site
beforeAll(async () => {
  stack = await startTestStack()
  site = await siteOf(stack, 'embedded')
})
afterAll(() => stack?.[Symbol.asyncDispose]())

testPathA(() => site)
