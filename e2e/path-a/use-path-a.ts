import { startTestStack, type TestStack } from '@gatehouse/e2e-path-b/gatehouse'
import { type Site, siteOf } from '@gatehouse/e2e-path-b/site'
import { afterAll, beforeAll } from 'vitest'
import { openBrowser, type TestBrowser } from './browser.ts'

/** What a file of tests works with. */
export interface PathA {
  readonly stack: TestStack
  /** The stack as people reach it. */
  readonly site: Site
  readonly browser: TestBrowser
}

/** Starts a stack and a browser before the tests of a file, and ends both after them. */
export function usePathA(configuration: object = {}): PathA {
  let stack: TestStack | undefined
  let site: Site | undefined
  let browser: TestBrowser | undefined
  beforeAll(async () => {
    stack = await startTestStack(configuration)
    site = await siteOf(stack, 'embedded')
    browser = await openBrowser(site)
  })
  afterAll(async () => {
    await browser?.[Symbol.asyncDispose]()
    await stack?.[Symbol.asyncDispose]()
  })
  return {
    get stack() {
      return stack!
    },
    get site() {
      return site!
    },
    get browser() {
      return browser!
    },
  }
}
