/** What the API server serves, and OPTIONS. */
export const METHODS: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
])

/** A method as a label of metrics and spans, which must not come from clients. */
export function labelOf(method: string, other: string): string {
  return METHODS.has(method) ? method : other
}
