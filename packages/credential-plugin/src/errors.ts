import { printable } from '@gatehouse/server/printable'

/** Every way in which getting a credential fails. */
export type CredentialPluginErrorCode =
  | 'ERR_INVALID_SETTINGS'
  | 'ERR_EXEC_INFO'
  | 'ERR_INSECURE_CLUSTER'
  | 'ERR_NO_TERMINAL'
  | 'ERR_LOGIN_FAILED'
  | 'ERR_LOGIN_TIMEOUT'
  | 'ERR_WRONG_PERSON'

/** No credential. The message never holds a token, and nothing in it can move a terminal's cursor. */
export class CredentialPluginError extends Error {
  override readonly name = 'CredentialPluginError'
  readonly code: CredentialPluginErrorCode

  constructor(code: CredentialPluginErrorCode, message: string, options?: ErrorOptions) {
    super(printable(message), options)
    this.code = code
  }
}
