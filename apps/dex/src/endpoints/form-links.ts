import type { Connector } from '../connectors/connector.ts'
import type { Exchange } from '../http/exchange.ts'
import type { AuthorizationRequest } from '../login/authorization-requests.ts'

/** What the form of a connector stands among. */
export interface FormPlace {
  readonly connectors: ReadonlyMap<string, Connector>
}

/** Where the form of a connector leads: forward, and back to the chooser where there is another choice. */
export function formLinks(
  { basePath }: Exchange,
  { id, connectorID, parameters }: AuthorizationRequest,
  { connectors }: FormPlace,
): { readonly action: string; readonly backLink: string | undefined } {
  const query = new URLSearchParams({ state: id })
  return {
    action: `${basePath}/auth/${encodeURIComponent(connectorID)}/login?${query.toString()}`,
    backLink: connectors.size > 1 ? `${basePath}/auth?${parameters.toString()}` : undefined,
  }
}
