import type { Logger } from '@gatehouse/server'
import { LOCAL_CONNECTOR_ID } from '../config/check-together.ts'
import { identityOf } from '../connectors/local.ts'
import type { Users } from '../connectors/users.ts'
import type { Exchange } from '../http/exchange.ts'
import { sendErrorPage, sendPage } from '../http/respond.ts'
import type { Route } from '../http/routes.ts'
import type { AuthorizationRequests } from '../login/authorization-requests.ts'
import type { CompleteLogin } from '../login/complete-login.ts'
import { findRequest } from '../login/find-request.ts'
import { noticePage } from '../pages/notice.ts'
import { USER_TILES_PATH, type UserTiles } from '../test-powers/user-tiles.ts'

export interface UserTileOptions {
  readonly userTiles: UserTiles
  readonly users: Users
  readonly requests: AuthorizationRequests
  readonly completeLogin: CompleteLogin
  readonly logger: Logger
}

/** Of the test powers: the link that shows tiles in a browser, and the login that a tile leads to. */
export function userTileRoutes({
  userTiles,
  users,
  requests,
  completeLogin,
  logger,
}: UserTileOptions): Route[] {
  const openLink = async (exchange: Exchange) => {
    const { params, response, secure } = exchange
    const cookie = userTiles.redeem(params['ticket']!, secure)
    if (cookie === undefined)
      return sendErrorPage(exchange, 404, 'This link has expired or was used already.')
    response.setHeader('Set-Cookie', cookie)
    const message = 'From now on, the login page of this browser lists every user: one click logs you in.'
    return sendPage(exchange, { title: 'User tiles', body: noticePage('User tiles are on', message) })
  }

  const logIn = async (exchange: Exchange) => {
    const found = await findRequest(exchange, requests, exchange.url.searchParams.get('state'))
    if (!found) return
    const { request, browserSecret } = found
    const user = request.userTile === undefined ? undefined : users.find(request.userTile)
    if (!user || request.connectorID !== LOCAL_CONNECTOR_ID) {
      return sendErrorPage(exchange, 400, 'Requested resource does not exist.')
    }
    const { userID, email } = user
    logger.info({ clientID: request.client.id, userID, email }, 'login by user tile')
    return completeLogin(exchange, request, browserSecret, identityOf(user))
  }

  return [
    { name: 'user_tiles', path: `${USER_TILES_PATH}/{ticket}`, methods: { GET: openLink } },
    { name: 'user_tile_login', path: `/auth/${LOCAL_CONNECTOR_ID}/tile`, methods: { GET: logIn } },
  ]
}
