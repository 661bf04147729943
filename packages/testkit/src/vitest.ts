import { describeAttributes } from '@gatehouse/authorization/rbac'
import type { MatcherState } from 'vitest'
import { TestkitError } from './errors.ts'
import type { Persona } from './persona.ts'
import { attributesOf, type Scope } from './question.ts'

declare module 'vitest' {
  // As vitest declares it, names of type parameters included.
  interface Matchers<R extends void | Promise<void> = void | Promise<void>, T = unknown> {
    /**
     * Whether a persona may do something, by its own question to the server: a verb, and a resource as kubectl
     * names it (`pods`, `deployments.apps/scale`) or a path. Await it.
     */
    toBeAllowedTo: (verb: string, target: string, scope?: Scope) => Promise<void>
  }
}

/** For `expect.extend`. */
export const accessMatchers = {
  async toBeAllowedTo(this: MatcherState, received: unknown, verb: string, target: string, scope?: Scope) {
    if (!isPersona(received)) {
      throw new TestkitError(
        'ERR_QUESTION',
        'toBeAllowedTo is about a persona; get one with stack.persona(email)',
      )
    }
    const attributes = attributesOf(verb, target, scope)
    const pass = await received.mayDo(attributes)
    // Only a message that is shown has to be explained.
    const isShown = pass === (this.isNot ?? false)
    const reasons = isShown ? await received.explain(attributes) : []
    const expected = `expected ${received.name} ${this.isNot ? 'not ' : ''}to be allowed to ${describeAttributes(attributes)}`
    return { pass, message: () => [expected, ...reasons].join('\n  ') }
  },
}

function isPersona(value: unknown): value is Persona {
  return typeof value === 'object' && value !== null && 'mayDo' in value && 'explain' in value
}
