import type { Logger } from '@gatehouse/server'
import { errors, type Provider } from 'oidc-provider'
import type { StaticClient } from '../config/static-clients.ts'
import { DEVICE_CALLBACK_PATH } from '../device/device-callback.ts'
import type { DeviceRequests } from '../device/device-requests.ts'
import { browserFingerprint, readBrowserSecret } from '../http/browser-cookie.ts'
import type { Exchange } from '../http/exchange.ts'
import { sendErrorPage, sendPage } from '../http/respond.ts'
import type { Route } from '../http/routes.ts'
import { noticePage } from '../pages/notice.ts'
import type { Login } from '../provider/accounts.ts'
import { IDENTITY_KIND } from '../provider/adapter.ts'
import type { Storage } from '../storage/storage.ts'

export interface DeviceCallbackOptions {
  readonly provider: Provider
  readonly storage: Storage
  readonly clients: ReadonlyMap<string, StaticClient>
  readonly deviceRequests: DeviceRequests
  readonly logger: Logger
}

/** `/device/callback`: where a browser comes back once its user has logged in for a device. */
export function deviceCallbackRoute(options: DeviceCallbackOptions): Route {
  const { provider, storage, clients, deviceRequests, logger } = options

  const comeBack = async (exchange: Exchange) => {
    const { searchParams } = exchange.url
    const [userCode, code] = [searchParams.get('state') ?? '', searchParams.get('code') ?? '']
    const error = searchParams.get('error')
    if (!userCode || (!code && !error)) {
      return sendErrorPage(exchange, 400, 'Request was missing parameters')
    }
    const secret = readBrowserSecret(exchange.request, exchange.secure)
    const request = await deviceRequests.find(userCode)
    // Whoever sends others a link with a code of their own gets nothing: it must be typed in this browser.
    const isBound = secret && (await deviceRequests.isBound(userCode, browserFingerprint(secret)))
    if (!request || !isBound) return sendErrorPage(exchange, 400, 'Invalid or expired user code.')
    if (error) {
      await deviceRequests.decide(userCode, 'denied')
      const description = searchParams.get('error_description')
      return sendErrorPage(exchange, 400, description ? `${error}: ${description}` : error)
    }
    const { clientID, scopes } = request
    const login = await redeem(code, {
      clientID,
      scopes,
      redirectURI: exchange.basePath + DEVICE_CALLBACK_PATH,
    })
    if (!login) return sendErrorPage(exchange, 400, 'Invalid or expired auth code.')
    if (!(await deviceRequests.decide(userCode, login))) {
      return sendErrorPage(exchange, 400, 'Invalid or expired user code.')
    }
    logger.info({ clientID, userID: login.identity.userID }, 'device login successful')
    const name = clients.get(clientID)?.name ?? clientID
    const body = noticePage(`Login successful for ${name}`, 'Return to your device to continue.')
    return sendPage(exchange, { title: 'Login successful', body })
  }

  /** Who logged in for `code`, once; the device's tokens come of a grant of their own. */
  const redeem = async (
    code: string,
    expected: { clientID: string; scopes: readonly string[]; redirectURI: string },
  ): Promise<Login | undefined> => {
    const found = await provider.AuthorizationCode.find(code)
    const isRight =
      found?.isValid &&
      found.clientId === expected.clientID &&
      found.redirectUri === expected.redirectURI &&
      found.scopes.symmetricDifference(new Set(expected.scopes)).size === 0
    if (!isRight || found.grantId === undefined) return undefined
    try {
      await found.consume()
    } catch (error) {
      if (error instanceof errors.InvalidGrant) return undefined
      throw error
    }
    const login = (await storage.get<Login>(IDENTITY_KIND, found.grantId))?.value
    await (await provider.Grant.find(found.grantId))?.destroy()
    // Logging out in this browser is not logging out of the device.
    return login && { connectorID: login.connectorID, identity: login.identity }
  }

  return { name: 'device_callback', path: DEVICE_CALLBACK_PATH, methods: { GET: comeBack } }
}
