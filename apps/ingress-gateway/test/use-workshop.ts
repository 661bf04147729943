import { afterAll, beforeAll } from 'vitest'
import { openWorkshop, type Workshop } from './gateway.ts'

/** Opens a workshop before the tests of a file, and removes it after them. */
export function useWorkshop(): Workshop {
  let workshop: (Workshop & AsyncDisposable) | undefined
  beforeAll(async () => {
    workshop = await openWorkshop()
  })
  afterAll(() => workshop?.[Symbol.asyncDispose]())
  return {
    get directory() {
      return workshop!.directory
    },
    get authority() {
      return workshop!.authority
    },
    serverPair: (...names) => workshop!.serverPair(...names),
  }
}
