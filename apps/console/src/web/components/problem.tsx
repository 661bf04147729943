import {
  Alert,
  Button,
  EmptyState,
  EmptyStateActions,
  EmptyStateBody,
  EmptyStateFooter,
} from '@patternfly/react-core'
import type { ReactNode } from 'react'
import { ApiError } from '../api/errors.ts'

/** A failure inside a page: what happened, where to look, and a way on. */
export function ProblemAlert({ title, error }: { title: string; error: Error }) {
  return (
    <Alert variant="danger" isInline title={title} data-problem={codeOf(error)}>
      <p>{error.message}</p>
      <AuditId error={error} />
    </Alert>
  )
}

/** A whole page for a failure; each kind has a page of its own. */
export function ProblemPage({
  error,
  onRetry,
  children,
}: {
  error: Error
  onRetry?: (() => void) | undefined
  children?: ReactNode
}) {
  const code = codeOf(error)
  const { title, hint, status } = explanations[code] ?? explanations['other']!
  return (
    <EmptyState titleText={title} headingLevel="h1" status={status} data-page={`problem-${code}`}>
      <EmptyStateBody>
        {hint}
        <p className="gh-detail">{error.message}</p>
        <AuditId error={error} />
        {children}
      </EmptyStateBody>
      {onRetry && (
        <EmptyStateFooter>
          <EmptyStateActions>
            <Button variant="secondary" onClick={onRetry}>
              Try again
            </Button>
          </EmptyStateActions>
        </EmptyStateFooter>
      )}
    </EmptyState>
  )
}

function AuditId({ error }: { error: Error }) {
  if (!(error instanceof ApiError) || error.auditId === undefined) return null
  return <p className="gh-audit-id">Audit-ID {error.auditId}</p>
}

interface Explanation {
  readonly title: string
  readonly hint: string
  readonly status: 'danger' | 'warning' | 'info'
}

const explanations: Readonly<Record<string, Explanation>> = {
  unreachable: {
    title: 'The API does not answer',
    hint: 'The access proxy can not be reached. `gatehouse status` says whether it runs. This page tries again by itself.',
    status: 'danger',
  },
  '403': {
    title: 'You may not see this (403)',
    hint: 'You are logged in, and the cluster says no.',
    status: 'warning',
  },
  '404': {
    title: 'There is no such thing (404)',
    hint: 'It may have been deleted, or the cluster does not serve this kind.',
    status: 'info',
  },
  issuer: {
    title: 'The identity provider does not answer',
    hint: 'The proxy can not verify your token, because dex does not give out its keys at the moment.',
    status: 'danger',
  },
  apiserver: {
    title: 'The API server does not answer',
    hint: 'The access proxy runs, but the API server behind it does not answer.',
    status: 'danger',
  },
  other: { title: 'The request failed', hint: 'The API answered with an error.', status: 'danger' },
}

/** Which kind of failure it is, for people and for tests. Pure. */
function codeOf(error: Error): string {
  if (!(error instanceof ApiError)) return 'other'
  if (error.code === 0) return 'unreachable'
  if (error.code === 403 || error.code === 404) return String(error.code)
  const causes = error.status.details?.causes ?? []
  if (error.code === 503 && causes.some(({ reason }) => reason === 'IssuerUnavailable')) return 'issuer'
  if ([502, 503, 504].includes(error.code)) return 'apiserver'
  return 'other'
}
