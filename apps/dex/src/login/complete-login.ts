import type { Identity } from '../claims/identity.ts'
import { approvalHmac } from '../http/browser-cookie.ts'
import type { Exchange } from '../http/exchange.ts'
import { redirect } from '../http/respond.ts'
import type { AuthorizationRequest, AuthorizationRequests } from './authorization-requests.ts'

export type CompleteLogin = (
  exchange: Exchange,
  request: AuthorizationRequest,
  browserSecret: string,
  identity: Identity,
) => Promise<void>

/** What follows a login with every connector: the approval page, or the code where nobody is asked. */
export function createCompleteLogin(
  requests: AuthorizationRequests,
  options: { readonly skipApprovalScreen: boolean },
): CompleteLogin {
  return async (exchange, request, browserSecret, identity) => {
    const { connectorID, browser } = request
    const loggedIn = await requests.authenticated(request, { connectorID, identity, browser })
    if (options.skipApprovalScreen && !request.forceApproval) return requests.approve(exchange, loggedIn)
    const query = new URLSearchParams({ req: request.id, hmac: approvalHmac(browserSecret, request.id) })
    return redirect(exchange, 303, `${exchange.basePath}/approval?${query.toString()}`)
  }
}
