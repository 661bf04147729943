import type { Identity } from '@gatehouse/authentication'
import { gatehouseExec, kubeloginExec, type OpenIdConnectLogin, type UserEntry } from '@gatehouse/kubeconfig'
import type { ClientConfig } from './oidc.ts'
import type { CredentialFormat } from './read-options.ts'

/** How somebody logs in at a cluster's issuer, with what is read from files. */
export interface LoginSettings {
  readonly issuerUrl: string
  readonly clientConfig: ClientConfig
  readonly certificateAuthority: string | undefined
  readonly pluginCommand: readonly [string, ...string[]]
}

/** A user of a kubeconfig, and when its credential ends; one that is renewed by a plugin does not. */
export interface OidcUser {
  readonly user: UserEntry
  readonly expiresAt?: Date
}

/** The caller as a user who shows this very token, until it ends. Pure. */
export function tokenUser({ username, expiresAt }: Identity, token: string): OidcUser {
  return { user: { name: username, token }, expiresAt: new Date(expiresAt * 1000) }
}

/** The caller as a user who logs in when a command needs it. Pure. */
export function pluginUser(
  { username }: Identity,
  plugin: Exclude<CredentialFormat, 'token'>,
  { issuerUrl, clientConfig, certificateAuthority, pluginCommand }: LoginSettings,
): OidcUser {
  const { clientId, clientSecret, extraScopes, address } = clientConfig
  const login: OpenIdConnectLogin = {
    issuer: issuerUrl,
    clientId,
    clientSecret,
    extraScopes,
    certificateAuthority,
    address,
    username,
  }
  const exec = plugin === 'kubelogin' ? kubeloginExec(login) : gatehouseExec(login, pluginCommand)
  return { user: { name: username, exec } }
}
