import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { useMemo, useState, useSyncExternalStore } from 'react'
import { createApi } from './api/client.ts'
import { isFinal } from './api/errors.ts'
import { ConsoleContext, type ConsoleContextValue } from './console-context.ts'
import type { PageConfiguration } from './page-configuration.ts'
import type { Session } from './session/session.ts'
import { SessionPage } from './session/pages.tsx'
import { Router } from './shell/router.tsx'

/** The application: the session's page, or, for who is logged in, everything else. */
export function Console({ configuration, session }: { configuration: PageConfiguration; session: Session }) {
  const state = useSyncExternalStore(session.subscribe, session.state)
  const api = useMemo(() => createApi(configuration.apiServer, session), [configuration, session])
  if (state.kind !== 'signed-in') return <SessionPage state={state} session={session} />
  const { kind: _kind, ...person } = state
  // Nothing that one person was shown stays for the next one.
  return <SignedIn key={state.identity.email} context={{ configuration, session, api, ...person }} />
}

function SignedIn({ context }: { context: ConsoleContextValue }) {
  const [queries] = useState(createQueryClient)
  return (
    <QueryClientProvider client={queries}>
      <ConsoleContext value={context}>
        <Router />
      </ConsoleContext>
    </QueryClientProvider>
  )
}

function createQueryClient(): QueryClient {
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
