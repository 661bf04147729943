import { createContext, use } from 'react'
import type { Api } from './api/client.ts'
import type { PageConfiguration } from './page-configuration.ts'
import type { Identity } from './session/identity.ts'
import type { Session } from './session/session.ts'

/** What every page may use. */
export interface ConsoleContextValue {
  readonly configuration: PageConfiguration
  readonly session: Session
  readonly api: Api
  readonly identity: Identity
  /** Why the token could not be renewed, while it is still good. */
  readonly renewalProblem?: string
}

export const ConsoleContext = createContext<ConsoleContextValue | undefined>(undefined)

export function useConsole(): ConsoleContextValue {
  const value = use(ConsoleContext)
  if (!value) throw new Error('a page was rendered outside of the console')
  return value
}
