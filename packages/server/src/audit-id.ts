import { randomUUID } from 'node:crypto'

/** Kubernetes accepts any Audit-ID; ours are short and harmless in logs. */
const AUDIT_ID = /^[A-Za-z0-9][\w.:-]{0,127}$/

/**
 * The Audit-ID under which gateway, services and API server log one request
 * (k8s.io/apiserver/pkg/endpoints/filters/audit_init.go): the client's when there is exactly one that is fit
 * for a log, else a new one. One rule for all of them, so that none replaces what another let pass.
 */
export function auditIdOf(values: readonly string[] | undefined): string {
  const [only, ...others] = values ?? []
  return only !== undefined && others.length === 0 && AUDIT_ID.test(only) ? only : randomUUID()
}
