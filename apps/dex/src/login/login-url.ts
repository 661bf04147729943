/** Returns the function that says where a browser goes to log in with a connector. */
export function createLoginURL(issuer: string) {
  const basePath = new URL(issuer).pathname.replace(/\/$/, '')
  return (connectorID: string, requestID: string, byUserTile = false): string => {
    const query = new URLSearchParams({ state: requestID })
    const page = byUserTile ? 'tile' : 'login'
    return `${basePath}/auth/${encodeURIComponent(connectorID)}/${page}?${query.toString()}`
  }
}
