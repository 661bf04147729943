import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { OperationAnswer, OperationBody } from '@gatehouse/dex-test-powers'
import type { Exchange } from '../http/exchange.ts'
import { sendErrorPage, sendOAuthError } from '../http/respond.ts'
import type { Route } from '../http/routes.ts'
import { ProblemError } from './problem.ts'

type Fault = OperationAnswer<'addFault'>

/** Makes endpoints fail or answer late, as a test asks for it. */
export interface Faults {
  /** @throws ProblemError 400 for an endpoint that there is not */
  readonly add: (fault: OperationBody<'addFault'>) => Fault
  readonly list: () => readonly Fault[]
  /** False when there is none. */
  readonly remove: (id: string) => boolean
  readonly clear: () => void
  /** Does to a request what a fault of its endpoint says; true when nobody shall answer it any more. */
  readonly intercept: (route: Route, exchange: Exchange) => Promise<boolean>
}

/** `endpoints` are the names of those that can be hit. */
export function createFaults(endpoints: () => ReadonlySet<string>): Faults {
  const faults = new Map<string, Fault>()
  const hit = (endpoint: string): Fault | undefined => {
    const fault = [...faults.values()].find((each) => each.endpoint === endpoint)
    if (!fault) return undefined
    const left = fault.left === undefined ? undefined : fault.left - 1
    if (left === 0) faults.delete(fault.id)
    else faults.set(fault.id, { ...fault, hits: fault.hits + 1, ...(left === undefined ? {} : { left }) })
    return fault
  }
  return {
    add({ times, ...asked }) {
      const known = endpoints()
      if (!known.has(asked.endpoint)) {
        const names = [...known].toSorted().join(', ')
        throw new ProblemError(400, `There is no endpoint ${asked.endpoint}; there are: ${names}.`)
      }
      const fault = { id: randomUUID(), ...asked, hits: 0, ...(times === undefined ? {} : { left: times }) }
      faults.set(fault.id, fault)
      return fault
    },
    list: () => [...faults.values()],
    remove: (id) => faults.delete(id),
    clear: () => faults.clear(),
    async intercept(route, exchange) {
      const fault = hit(route.name)
      if (!fault) return false
      const { response } = exchange
      if (fault.delayMilliseconds !== undefined) {
        const gone = new AbortController()
        response.once('close', () => gone.abort())
        await delay(fault.delayMilliseconds, undefined, { signal: gone.signal, ref: false }).catch(
          () => undefined,
        )
        if (response.destroyed) return true
      }
      if (fault.cut) {
        response.destroy()
        return true
      }
      if (fault.status === undefined) return false
      const message = 'A test asked for this error.'
      // What web pages may read is JSON; the others are pages.
      if (route.cors) sendOAuthError(exchange, fault.status, 'server_error', message)
      else sendErrorPage(exchange, fault.status, message)
      return true
    },
  }
}
