import type { Logger } from '@gatehouse/server'
import { DEVICE_CALLBACK_PATH } from '../device/device-callback.ts'
import type { DeviceRequests } from '../device/device-requests.ts'
import { normalizeUserCode } from '../device/user-code.ts'
import { browserFingerprint, ensureBrowserCookie } from '../http/browser-cookie.ts'
import type { Exchange } from '../http/exchange.ts'
import { readForm } from '../http/form.ts'
import { redirect, sendErrorPage, sendPage } from '../http/respond.ts'
import type { Route } from '../http/routes.ts'
import { isCrossSitePost } from '../login/find-request.ts'
import type { LoginThrottle } from '../login/throttle.ts'
import { devicePage } from '../pages/device.ts'

export interface DeviceOptions {
  readonly deviceRequests: DeviceRequests
  /** Slows the guessing of codes, by address. */
  readonly throttle: LoginThrottle
  /** Where people log in elsewhere: browsers hold the form to where its redirects lead. */
  readonly upstreamIssuers: readonly string[]
  readonly logger: Logger
}

const THROTTLED = 'device user code'

/** `/device` and `/device/auth/verify_code`: where a user types the code that a device shows. */
export function deviceRoutes(options: DeviceOptions): Route[] {
  const { deviceRequests, throttle, upstreamIssuers, logger } = options
  const sendForm = (exchange: Exchange, status: number, userCode: string, error?: string) => {
    const action = `${exchange.basePath}/device/auth/verify_code`
    const body = devicePage({ action, userCode, error })
    sendPage(exchange, { status, title: 'Enter user code', body, formTarget: upstreamIssuers })
  }

  const show = async (exchange: Exchange) => {
    const { searchParams } = exchange.url
    const isInvalid = ['1', 't', 'T', 'true', 'TRUE', 'True'].includes(searchParams.get('invalid') ?? '')
    sendForm(
      exchange,
      isInvalid ? 400 : 200,
      searchParams.get('user_code') ?? '',
      isInvalid ? INVALID : undefined,
    )
  }

  const verify = async (exchange: Exchange) => {
    const { request, response, secure, basePath, clientAddress } = exchange
    // Or a page could have its visitor let the attacker's device in.
    if (isCrossSitePost(exchange)) return sendErrorPage(exchange, 403, 'This form was sent by another site.')
    const typed = (await readForm(request)).get('user_code') ?? ''
    if (typed === '') return sendErrorPage(exchange, 400, 'No user code received')
    const attempt = throttle.attempt(THROTTLED, clientAddress)
    if (!attempt.allowed) {
      logger.warn({ address: clientAddress }, 'user code refused: too many')
      response.setHeader('Retry-After', String(attempt.retryAfterSeconds))
      const error = `Too many attempts. Try again in ${attempt.retryAfterSeconds} seconds.`
      return sendForm(exchange, 429, typed, error)
    }
    const userCode = normalizeUserCode(typed)
    const found = await deviceRequests.find(userCode)
    if (!found) return sendForm(exchange, 400, typed, INVALID)
    throttle.giveBack(THROTTLED, clientAddress)
    const { secret, setCookie } = ensureBrowserCookie(request, secure)
    if (setCookie) response.setHeader('Set-Cookie', setCookie)
    await deviceRequests.bind(userCode, browserFingerprint(secret))
    const query = new URLSearchParams({
      client_id: found.clientID,
      redirect_uri: basePath + DEVICE_CALLBACK_PATH,
      response_type: 'code',
      scope: found.scopes.join(' '),
      state: userCode,
    })
    return redirect(exchange, 303, `${basePath}/auth?${query.toString()}`)
  }

  return [
    { name: 'device', path: '/device', methods: { GET: show } },
    { name: 'device_verify_code', path: '/device/auth/verify_code', methods: { POST: verify } },
  ]
}

const INVALID = 'Invalid or expired user code.'
