import { rm } from 'node:fs/promises'
import type { StackStatus } from '@gatehouse/stack/running'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Cell, cells, PERSONAS } from './access-table.ts'
import { tryCell, makeSharedObjects } from './attempt.ts'
import { gatehouseIn, startTestStack, temporaryDirectory, type TestStack } from './gatehouse.ts'
import { observe, type Observer } from './observer.ts'

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
      const stack = await startTestStack({}, { directory, name })
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
      const { stdout } = await gatehouse('status', '--name', name, '--json')
      return JSON.parse(stdout) as StackStatus
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

test('a token of the one is refused by the other', async () => {
  const [blue, green] = NAMES.map((name) => stacks.get(name)!.stack)
  const stranger = await blue!.terminalWith(ADMIN, { token: await green!.idToken(ADMIN) })
  expect(await stranger.kubectl('get', 'nodes')).toMatchObject({
    exitCode: 1,
    stderr: expect.stringMatching(/You must be logged in to the server/),
  })
})

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
