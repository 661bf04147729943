import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Cell, cells, PERSONAS } from './access-table.ts'
import { tryCell, makeSharedObjects } from './attempt.ts'
import { gatehouseIn, startTestStack, statusOf, temporaryDirectory, type TestStack } from './gatehouse.ts'
import { observe, type Observer } from './observer.ts'
import { identityWithOtherClient, testTokens } from './tokens-suite.ts'

const NAMES = ['blue', 'green'] as const
type Name = (typeof NAMES)[number]
const ADMIN = PERSONAS[0].email

/** A little of everything that the table holds. */
const tried = cells.filter(
  ({ command, resource, place }) =>
    (place === 'own' && ['get configmaps', 'create roles', 'exec pods'].includes(`${command} ${resource}`)) ||
    (place === 'cluster' && ['list nodes', 'auth whoami '].includes(`${command} ${resource}`)),
)

let directory: string
const stacks = new Map<Name, { stack: TestStack; observer: Observer }>()
beforeAll(async () => {
  directory = await temporaryDirectory()
  await Promise.all(
    NAMES.map(async (name) => {
      const configuration = name === 'blue' ? { identity: identityWithOtherClient } : {}
      const stack = await startTestStack(configuration, { directory, name })
      const observer = await observe(stack, ADMIN)
      stacks.set(name, { stack, observer })
      await makeSharedObjects(tried, observer)
    }),
  )
})
afterAll(async () => {
  for (const { stack, observer } of stacks.values()) {
    await observer[Symbol.asyncDispose]()
    await stack[Symbol.asyncDispose]()
  }
  await rm(directory, { recursive: true })
})

test('gatehouse status shows each of them, at addresses of its own', async () => {
  const gatehouse = gatehouseIn(directory)
  const shown = await Promise.all(
    NAMES.map(async (name) => {
      expect((await gatehouse('status', '--name', name)).stdout).toContain(`${name}: running`)
      return statusOf(stacks.get(name)!.stack.gatehouse)
    }),
  )
  expect(shown.map(({ name, phase }) => `${name} ${phase}`)).toEqual(['blue running', 'green running'])
  const addresses = shown.flatMap(({ urls, cluster }) => [...Object.values(urls), cluster!.server])
  expect(new Set(addresses).size).toBe(addresses.length)
  // Cookies ignore ports, so the host names differ as well.
  expect(shown.map(({ issuer }) => new URL(issuer).hostname)).toEqual([
    'dex.blue.gatehouse.localhost',
    'dex.green.gatehouse.localhost',
  ])
})

// One list, so that both are at work at the same time.
test.concurrent.each(
  tried.flatMap((cell) => NAMES.map((name) => [name, sentenceOf(cell), cell, name] as const)),
)('on %s, %s', async (_, __, cell, name) => {
  const { stack, observer } = stacks.get(name)!
  expect((await tryCell(cell, stack, observer)).answer).toBe(cell.allowed ? 'allowed' : 'denied')
})

function sentenceOf({ persona, command, resource, allowed }: Cell): string {
  return `${persona} ${allowed ? 'may' : 'may not'} ${command} ${resource}`.trim()
}

testTokens(() => ({ stack: stacks.get('blue')!.stack, foreign: stacks.get('green')!.stack }))

test('what is made in the one is not in the other, and the end of the one is not that of the other', async () => {
  const [blue, green] = await Promise.all(NAMES.map((name) => stacks.get(name)!.stack.terminalOf(ADMIN)))
  expect(await blue!.kubectl('create', 'namespace', 'only-blue')).toMatchObject({ exitCode: 0 })
  expect(await green!.kubectl('get', 'namespace', 'only-blue')).toMatchObject({
    exitCode: 1,
    stderr: expect.stringMatching(/NotFound/),
  })
  expect(await stacks.get('blue')!.stack.gatehouse('down')).toMatchObject({ exitCode: 0 })
  expect(await green!.kubectl('get', 'nodes')).toMatchObject({ exitCode: 0 })
  expect(await gatehouseIn(directory)('status', '--name', 'blue')).toMatchObject({ exitCode: 1 })
})
