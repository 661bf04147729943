import { errors, type Provider, type TokenEndpointGrantContext } from 'oidc-provider'
import { DEVICE_CODE_GRANT } from '../config/oauth2.ts'
import type { DeviceRequests, PollAnswer } from '../device/device-requests.ts'
import { type LoginJournal, noteTokenRequest } from '../login/journal.ts'
import type { IssueTokens } from './own-grants.ts'

interface Parameters {
  readonly device_code?: string
  readonly code_verifier?: string
}

/** How a device is told to wait, or that there is nothing to wait for. */
const ERRORS: Record<Exclude<PollAnswer['kind'], 'approved'>, () => errors.OIDCProviderError> = {
  // Dex's status; RFC 8628 section 3.5 says 400.
  pending: () => Object.assign(new errors.AuthorizationPending(), { status: 401, statusCode: 401 }),
  slowDown: () => new errors.SlowDown(),
  denied: () => new errors.AccessDenied('the user refused'),
  expired: () => new errors.ExpiredToken('the device code has expired'),
  unknown: () => new errors.InvalidRequest('Invalid Device code.'),
  verifier: () => new errors.InvalidGrant('Invalid code_verifier.'),
}

/** The grant type of devices: they poll until a user has decided (RFC 8628 section 3.4). */
export function registerDeviceGrant(
  provider: Provider,
  options: {
    readonly deviceRequests: DeviceRequests
    readonly issueTokens: IssueTokens
    readonly journal: LoginJournal
  },
): void {
  const { deviceRequests, issueTokens, journal } = options

  const answer = async (ctx: TokenEndpointGrantContext<Parameters>) => {
    const { client, params } = ctx.oidc
    if (!params.device_code) throw new errors.InvalidRequest('No device code received')
    const answered = await deviceRequests.poll(params.device_code, client.clientId, params.code_verifier)
    if (answered.kind !== 'approved') throw ERRORS[answered.kind]()
    const { login, scopes } = answered
    const { connectorID } = login
    // The login in the browser has an entry of its own; these are the device's tokens.
    const loginID = noteTokenRequest(journal, { clientID: client.clientId, connectorID, scopes })
    return issueTokens(ctx, { login, scopes, nonce: undefined, loginID })
  }

  provider.registerGrantType(DEVICE_CODE_GRANT, answer, ['device_code', 'code_verifier'])
}
