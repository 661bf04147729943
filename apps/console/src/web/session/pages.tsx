import {
  Button,
  EmptyState,
  EmptyStateActions,
  EmptyStateBody,
  EmptyStateFooter,
  Spinner,
} from '@patternfly/react-core'
import type { Session, SessionState } from './session.ts'

type AnonymousState = Exclude<SessionState, { kind: 'signed-in' }>

/** The page for every state in which nobody is logged in. */
export function SessionPage({ state, session }: { state: AnonymousState; session: Session }) {
  const { title, body, action, status } = CONTENTS[state.kind]
  return (
    <main className="gh-centred" data-page={state.kind}>
      {action === undefined ? (
        <EmptyState titleText={title} headingLevel="h1" icon={Spinner} />
      ) : (
        <EmptyState titleText={title} headingLevel="h1" {...(status ? { status } : {})}>
          <EmptyStateBody>
            {body}
            {'message' in state && <p className="gh-detail">{state.message}</p>}
          </EmptyStateBody>
          <EmptyStateFooter>
            <EmptyStateActions>
              <Button variant="primary" onClick={() => void session.login()}>
                {action}
              </Button>
            </EmptyStateActions>
          </EmptyStateFooter>
        </EmptyState>
      )}
    </main>
  )
}

interface Content {
  readonly title: string
  readonly body?: string
  readonly action?: string
  readonly status?: 'danger' | 'warning'
}

const CONTENTS: Readonly<Record<AnonymousState['kind'], Content>> = {
  starting: { title: 'Starting' },
  redirecting: { title: 'Going to the login' },
  'signed-out': {
    title: 'Logged out',
    body: 'This tab holds no token any more. Kubeconfig files that you downloaded stay good until they expire.',
    action: 'Log in',
  },
  expired: {
    title: 'Your session has expired',
    body: 'The ID token is at its end. Nothing was lost in the cluster; log in again to go on.',
    action: 'Log in again',
    status: 'warning',
  },
  refused: {
    title: 'Your token was refused (401)',
    body: 'You are logged in at the identity provider, but the API does not take the token that it gave. Logging in again gets another one; if that is refused too, the settings of the proxy and of the issuer disagree.',
    action: 'Log in again',
    status: 'danger',
  },
  'login-failed': {
    title: 'The login failed',
    body: 'The identity provider sent you back without a usable login.',
    action: 'Try again',
    status: 'danger',
  },
  'issuer-unavailable': {
    title: 'The identity provider does not answer',
    body: 'dex can not be reached from this browser, so nobody can log in. `gatehouse status` says whether it runs; its certificate must be trusted here, too.',
    action: 'Try again',
    status: 'danger',
  },
}

/** Shown when not even the console's own service could be asked. */
export function StartFailure({ message }: { message: string }) {
  return (
    <main className="gh-centred" data-page="start-failure">
      <EmptyState titleText="The console could not start" headingLevel="h1" status="danger">
        <EmptyStateBody>{message}</EmptyStateBody>
        <EmptyStateFooter>
          <EmptyStateActions>
            <Button variant="primary" onClick={() => location.reload()}>
              Load the page again
            </Button>
          </EmptyStateActions>
        </EmptyStateFooter>
      </EmptyState>
    </main>
  )
}
