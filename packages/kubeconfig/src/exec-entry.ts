import type { KubeconfigExec } from './document.ts'

/** A program that kubectl runs to get a credential (client-go's clientcmd/api/v1, ExecConfig). */
export interface ExecEntry {
  /** A name that is looked for on PATH, or a path. */
  readonly command: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Whether the program gets kubectl's standard input. */
  readonly interactiveMode: 'Never' | 'IfAvailable' | 'Always'
  /** What kubectl tells a person who does not have the program. */
  readonly installHint: string
  /** Whether kubectl tells the program which cluster it is for. */
  readonly provideClusterInfo?: boolean
}

/** How a person gets an ID token of an issuer. */
export interface OpenIdConnectLogin {
  /** https URL, as in `iss`. */
  readonly issuer: string
  readonly clientId: string
  /** For a client that is not public. Whoever has the file has it. */
  readonly clientSecret?: string | undefined
  /** Asked for beside `openid`; `offline_access` makes logins last. */
  readonly extraScopes: readonly string[]
  /** PEM of the authorities of the issuer's certificate; the system's when absent. */
  readonly certificateAuthority?: string | undefined
  /** `host:port` to dial where the issuer's own name does not resolve; TLS is still checked by that name. */
  readonly address?: string | undefined
  /** Whose token is wanted; a plugin that can tells them apart by it. */
  readonly username?: string | undefined
}

/**
 * The entry for `gatehouse get-token`. It dials `address` and refuses a token of somebody else than
 * `username`. `command` is how it is started where `gatehouse` is not on PATH. Pure.
 */
export function gatehouseExec(
  login: OpenIdConnectLogin,
  command: readonly [string, ...string[]] = ['gatehouse'],
): ExecEntry {
  const { issuer, clientId, clientSecret, extraScopes, certificateAuthority, address, username } = login
  const [program, ...before] = command
  return {
    command: program,
    args: [
      ...before,
      'get-token',
      ...flags('issuer', issuer),
      ...flags('address', address),
      ...flags('client-id', clientId),
      ...flags('extra-scope', ...extraScopes),
      ...flags('certificate-authority-data', base64(certificateAuthority)),
      ...flags('username', username),
    ],
    // Every user of a machine sees the arguments of every process, but not its environment.
    ...(clientSecret === undefined ? {} : { env: { GATEHOUSE_CLIENT_SECRET: clientSecret } }),
    interactiveMode: 'IfAvailable',
    // It gives no token to a server that nobody verifies.
    provideClusterInfo: true,
    installHint: `This kubeconfig logs you in with "gatehouse get-token", and expects ${program} ${program.includes('/') ? 'to be there' : 'on your PATH'}. Download the file again from the stack as it is now, or in the format "token".`,
  }
}

/**
 * The entry for kubelogin (https://github.com/int128/kubelogin) as the kubectl plugin `oidc-login`. It can't
 * dial another address than the issuer's own, and does not check whose token it gets. Pure.
 */
export function kubeloginExec(login: OpenIdConnectLogin): ExecEntry {
  const { issuer, clientId, clientSecret, extraScopes, certificateAuthority, username } = login
  return {
    command: 'kubectl',
    args: [
      'oidc-login',
      'get-token',
      ...flags('oidc-issuer-url', issuer),
      ...flags('oidc-client-id', clientId),
      ...flags('oidc-client-secret', clientSecret),
      ...flags('oidc-extra-scope', ...extraScopes),
      ...flags('oidc-pkce-method', 'S256'),
      ...flags('certificate-authority-data', base64(certificateAuthority)),
      // Also keeps people apart in its cache, whose key is made of all options.
      ...flags('oidc-auth-request-extra-params', username && extraParameter('login_hint', username)),
    ],
    interactiveMode: 'IfAvailable',
    installHint:
      'This kubeconfig logs you in with kubelogin. Install it (https://github.com/int128/kubelogin), for example with: kubectl krew install oidc-login',
  }
}

/** The entry as it stands in a document. */
export function execOf({
  command,
  args,
  env,
  interactiveMode,
  installHint,
  provideClusterInfo,
}: ExecEntry): KubeconfigExec {
  return {
    apiVersion: 'client.authentication.k8s.io/v1',
    command,
    args: [...args],
    ...(env ? { env: Object.entries(env).map(([name, value]) => ({ name, value })) } : {}),
    interactiveMode,
    installHint,
    ...(provideClusterInfo === undefined ? {} : { provideClusterInfo }),
  }
}

/** What kubectl would refuse to run, as sentences. */
export function problemsOfExec({ command, env }: ExecEntry): string[] {
  const problems: string[] = []
  if (command === '') problems.push("the exec plugin's command is empty")
  if (Object.hasOwn(env ?? {}, ''))
    problems.push("the exec plugin's environment has a variable without a name")
  return problems
}

/** `--name=value` in one argument each, so that no value is taken for another flag. */
function flags(name: string, ...values: readonly (string | undefined)[]): string[] {
  return values.filter((value) => value !== undefined).map((value) => `--${name}=${value}`)
}

function base64(pem: string | undefined): string | undefined {
  return pem === undefined ? undefined : Buffer.from(pem).toString('base64')
}

/**
 * A parameter as kubelogin's flag reads it (pflag's stringToString): a line of CSV once there is more than
 * one "=", so that a name could otherwise be more than one parameter.
 */
function extraParameter(name: string, value: string): string {
  const parameter = `${name}=${value}`
  return value.includes('=') ? `"${parameter.replaceAll('"', '""')}"` : parameter
}
