import type { Attributes } from '@opentelemetry/api'
import { redactText } from '@gatehouse/server'
import { type AccessRecord, pathOf } from '../access-log.ts'
import { labelOf } from '../methods.ts'
import type { Endpoint } from '../upstream/endpoint.ts'

/**
 * What the span of a request says: OpenTelemetry's conventions for HTTP servers, and what the access log has of
 * the decision, redacted as the log is; never a header, a body or a query. `audit-id` is spelled as the API server
 * spells it in its own spans. Pure.
 */
export function serverAttributes(record: AccessRecord): Attributes {
  const { auditId, method, caller, info, decision, status, reason, remoteAddress } = record
  const person = caller?.person ?? caller?.subject
  return redacted({
    'http.request.method': labelOf(method, '_OTHER'),
    'url.scheme': 'https',
    'url.path': info?.path ?? pathOf(record.url),
    'http.response.status_code': status,
    ...(status >= 500 ? { 'error.type': String(status) } : {}),
    'client.address': remoteAddress,
    'enduser.id': person?.username,
    'audit-id': auditId,
    'gatehouse.impersonated_user': caller?.person && caller.subject.username,
    'gatehouse.decision': decision,
    'gatehouse.reason': reason,
    'gatehouse.verb': info?.verb,
    ...(info?.isResourceRequest
      ? {
          'gatehouse.group': info.apiGroup,
          'gatehouse.resource': info.resource,
          'gatehouse.subresource': info.subresource || undefined,
          'gatehouse.namespace': info.namespace || undefined,
          'gatehouse.name': info.name || undefined,
        }
      : {}),
  })
}

/** What the span of the request to the API server says. Pure. */
export function clientAttributes(method: string, { host, port }: Endpoint): Attributes {
  return { 'http.request.method': labelOf(method, '_OTHER'), 'server.address': host, 'server.port': port }
}

function redacted(attributes: Attributes): Attributes {
  return Object.fromEntries(
    Object.entries(attributes)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, typeof value === 'string' ? redactText(value) : value]),
  )
}
