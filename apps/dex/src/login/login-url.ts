import type { Connector } from '../connectors/connector.ts'

/** Returns the function that says where a browser goes to log in with a connector. */
export function createLoginURL(issuer: string, connectors: ReadonlyMap<string, Connector>) {
  const basePath = new URL(issuer).pathname.replace(/\/$/, '')
  return (connectorID: string, requestID: string): string => {
    const connector = connectors.get(connectorID)
    if (connector?.kind === 'callback') return connector.loginURL(`${basePath}/callback`, requestID)
    const query = new URLSearchParams({ state: requestID })
    return `${basePath}/auth/${encodeURIComponent(connectorID)}/login?${query.toString()}`
  }
}
