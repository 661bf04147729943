import type { ClusterObject } from './objects.ts'

/**
 * Whether `actual` has everything that `wanted` says. What only `actual` has, defaults of the API server above
 * all, does not count; but a list must have exactly the wanted elements, so that a role with one rule more is
 * not taken for the wanted one. Pure.
 */
export function isAsWanted(wanted: ClusterObject, actual: ClusterObject): boolean {
  return includes(actual, comparable(wanted))
}

function comparable(wanted: ClusterObject): Record<string, unknown> {
  const { status: _status, ...rest } = wanted
  if (wanted.kind === 'Secret') return withEncodedData(rest)
  const { rules: _rules, ...withoutRules } = rest
  // The cluster fills in the rules of an aggregated role.
  return 'aggregationRule' in rest ? withoutRules : rest
}

/** The API server keeps `stringData` as base64 in `data`. */
function withEncodedData({ stringData, ...secret }: Record<string, unknown>): Record<string, unknown> {
  if (typeof stringData !== 'object' || stringData === null) return secret
  const encoded = Object.entries(stringData).map(([key, value]) => [
    key,
    Buffer.from(String(value)).toString('base64'),
  ])
  return { ...secret, data: { ...(secret['data'] as object | undefined), ...Object.fromEntries(encoded) } }
}

function includes(actual: unknown, wanted: unknown): boolean {
  if (wanted === null || wanted === undefined) return actual === null || actual === undefined
  if (typeof wanted !== 'object') return actual === wanted
  if (Array.isArray(wanted)) {
    // An empty list and none are the same to Kubernetes.
    if (wanted.length === 0) return actual === undefined || (Array.isArray(actual) && actual.length === 0)
    return (
      Array.isArray(actual) &&
      actual.length === wanted.length &&
      wanted.every((element, index) => includes(actual[index], element))
    )
  }
  const members: Record<string, unknown> =
    typeof actual === 'object' && actual !== null && !Array.isArray(actual) ? { ...actual } : {}
  return Object.entries(wanted).every(([key, value]) => includes(members[key], value))
}
