import { cells, PERSONAS } from './access-table.ts'
import { makeSharedObjects } from './attempt.ts'
import { startTestStack, type TestStack, type Workplace } from './gatehouse.ts'
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
  provider: Provider,
  settings: object = {},
  more: object = {},
): Promise<PathB> {
  await using opened = new AsyncDisposableStack()
  const stack = opened.use(await startTestStack({ ...more, cluster: { provider, ...settings } }))
  const observer = opened.use(await observe(stack, ADMIN))
  const terminals = PERSONAS.map(({ email }) => stack.terminalOf(email))
  await Promise.all([...terminals, makeSharedObjects(cells, observer)])
  const open = opened.move()
  return { provider, stack, observer, [Symbol.asyncDispose]: () => open.disposeAsync() }
}
