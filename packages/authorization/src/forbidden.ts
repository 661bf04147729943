import type { RequestInfo } from './request-info.ts'

/**
 * The message and details of a 403 as the API server writes them (`responsewriters.ForbiddenStatusError`
 * and `errors.NewForbidden`), so that a denial reads the same whoever denied. Pure.
 */
export function forbidden(
  username: string,
  info: RequestInfo,
  reason = '',
): { message: string; details: { name?: string; group?: string; kind?: string } } {
  const what = sentence(username, info)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
  const why = reason === '' ? what : `${what}: ${reason}`
  const { resource, apiGroup, name } = info
  const groupResource = apiGroup === '' ? resource : `${resource}.${apiGroup}`
  const subject =
    resource === ''
      ? 'forbidden'
      : name === ''
        ? `${groupResource} is forbidden`
        : `${groupResource} ${quote(name)} is forbidden`
  return {
    message: `${subject}: ${why}`,
    details: {
      ...(name === '' ? {} : { name }),
      ...(apiGroup === '' ? {} : { group: apiGroup }),
      ...(resource === '' ? {} : { kind: resource }),
    },
  }
}

function sentence(username: string, info: RequestInfo): string {
  if (!info.isResourceRequest) {
    return `User ${quote(username)} cannot ${info.verb} path ${quote(info.path)}`
  }
  const resource = info.subresource === '' ? info.resource : `${info.resource}/${info.subresource}`
  const scope = info.namespace === '' ? 'at the cluster scope' : `in the namespace ${quote(info.namespace)}`
  return `User ${quote(username)} cannot ${info.verb} resource ${quote(resource)} in API group ${quote(info.apiGroup)} ${scope}`
}

/** Go's `%q`, for strings without control characters. */
function quote(text: string): string {
  return `"${text.replaceAll('\\', String.raw`\\`).replaceAll('"', String.raw`\"`)}"`
}
