import { type Cell, cells, PERSONAS } from './access-table.ts'
import { makeSharedObjects } from './attempt.ts'
import { startTestStack, type TestStack, type TestStackOptions, type Workplace } from './gatehouse.ts'
import { observe, type Observer } from './observer.ts'
import type { Provider } from './pods.ts'

const ADMIN = PERSONAS[0].email

/** A stack in which the table can be tried: everybody has logged in, and what they share is there. */
export interface PathB<Place extends Workplace = TestStack> extends AsyncDisposable {
  readonly provider: Provider
  readonly stack: Place
  readonly observer: Observer
}

/** `cluster` in gatehouse.yaml is `settings`, and the provider; `more` is the rest of that file. */
export async function openPathB(
  provider: 'embedded' | 'kind',
  settings: object = {},
  more: object = {},
  options: TestStackOptions = {},
): Promise<PathB> {
  const stack = await startTestStack({ ...more, cluster: { provider, ...settings } }, options)
  return openPathBOf(provider, stack)
}

/** A stack that runs; it ends with what is made of it. `some` are the cells that are tried. */
export async function openPathBOf(
  provider: Provider,
  stack: TestStack,
  some: readonly Cell[] = cells,
): Promise<PathB> {
  await using opened = new AsyncDisposableStack()
  opened.use(stack)
  const observer = opened.use(await observe(stack, ADMIN))
  const terminals = PERSONAS.map(({ email }) => stack.terminalOf(email))
  await Promise.all([...terminals, makeSharedObjects(some, observer)])
  const open = opened.move()
  return { provider, stack, observer, [Symbol.asyncDispose]: () => open.disposeAsync() }
}
