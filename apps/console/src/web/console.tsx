import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { useEffect, useMemo, useSyncExternalStore } from 'react'
import { createApi } from './api/client.ts'
import { isFinal } from './api/errors.ts'
import { ConsoleContext } from './console-context.ts'
import type { PageConfiguration } from './page-configuration.ts'
import type { Session } from './session/session.ts'
import { SessionPage } from './session/pages.tsx'
import { Router } from './shell/router.tsx'

/** The application: the session's page, or, for who is logged in, everything else. */
export function Console({ configuration, session }: { configuration: PageConfiguration; session: Session }) {
  const state = useSyncExternalStore(session.subscribe, session.state)
  const email = state.kind === 'signed-in' ? state.identity.email : undefined
  const api = useMemo(() => createApi(configuration.apiServer, session), [configuration, session])
  // Nothing that one person was shown stays for the next one.
  const queries = useMemo(() => createQueryClient(email), [email])
  useEffect(() => () => queries.clear(), [queries])
  const context = useMemo(
    () => (state.kind === 'signed-in' ? { configuration, session, api, ...state } : undefined),
    [configuration, session, api, state],
  )
  if (state.kind !== 'signed-in' || !context) {
    return <SessionPage state={state as Exclude<typeof state, { kind: 'signed-in' }>} session={session} />
  }
  return (
    <QueryClientProvider client={queries}>
      <ConsoleContext value={context}>
        <Router />
      </ConsoleContext>
    </QueryClientProvider>
  )
}

function createQueryClient(_email: string | undefined): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 10_000,
        // What was refused will be refused again; what did not answer may answer.
        retry: (failures, error) => failures < 3 && !isFinal(error),
        retryDelay: (attempt) => Math.min(500 * 2 ** attempt, 5000),
        // Also where the browser believes to be offline: the cluster may be on this very machine.
        networkMode: 'always',
      },
      mutations: { networkMode: 'always' },
    },
  })
}
