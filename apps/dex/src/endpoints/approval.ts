import { approvalHmac, equalInConstantTime } from '../http/browser-cookie.ts'
import type { Exchange } from '../http/exchange.ts'
import { readForm } from '../http/form.ts'
import { sendErrorPage, sendPage } from '../http/respond.ts'
import type { Route } from '../http/routes.ts'
import type { AuthorizationRequest, AuthorizationRequests } from '../login/authorization-requests.ts'
import { findRequest } from '../login/find-request.ts'
import { approvalPage } from '../pages/approval.ts'

/** `/approval`: asks the user who has logged in whether the client may have what it asks for. */
export function approvalRoute(requests: AuthorizationRequests): Route {
  const find = async (exchange: Exchange): Promise<AuthorizationRequest | undefined> => {
    const { searchParams } = exchange.url
    const found = await findRequest(exchange, requests, searchParams.get('req'))
    if (!found) return undefined
    const { request, browserSecret } = found
    const expected = approvalHmac(browserSecret, request.id)
    if (request.login && equalInConstantTime(searchParams.get('hmac') ?? '', expected)) return request
    sendErrorPage(exchange, 401, 'Unauthorized request')
    return undefined
  }

  const show = async (exchange: Exchange) => {
    const request = await find(exchange)
    if (!request) return
    const { basePath, url } = exchange
    const body = approvalPage({
      action: `${basePath}/approval${url.search}`,
      requestID: request.id,
      clientName: request.client.name,
      scopes: request.scopes,
    })
    sendPage(exchange, { title: 'Grant access', body, formTarget: request.redirectURI })
  }

  const submit = async (exchange: Exchange) => {
    const request = await find(exchange)
    if (!request) return
    const form = await readForm(exchange.request)
    if (form.get('approval') === 'approve') return requests.approve(exchange, request)
    return requests.deny(exchange, request, 'Approval rejected.')
  }

  return { name: 'approval', path: '/approval', methods: { GET: show, POST: submit } }
}
