import { Alert } from '@patternfly/react-core'
import { ApiError } from '../api/errors.ts'

/** A failure inside a page: what happened, where to look, and a way on. */
export function ProblemAlert({ title, error }: { title: string; error: Error }) {
  return (
    <Alert variant="danger" isInline title={title}>
      <p>{error.message}</p>
      <AuditId error={error} />
    </Alert>
  )
}

function AuditId({ error }: { error: Error }) {
  if (!(error instanceof ApiError) || error.auditId === undefined) return null
  return <p className="gh-audit-id">Audit-ID {error.auditId}</p>
}
