import type { IssuerSettings } from './issuer-settings.ts'

/** `apiserver.config.k8s.io/v1`, kind AuthenticationConfiguration: the parts that are used here. */
export interface AuthenticationConfiguration {
  readonly apiVersion: 'apiserver.config.k8s.io/v1'
  readonly kind: 'AuthenticationConfiguration'
  readonly jwt: readonly JWTAuthenticator[]
}

interface JWTAuthenticator {
  readonly issuer: {
    readonly url: string
    readonly discoveryURL?: string
    readonly certificateAuthority?: string
    readonly audiences: readonly string[]
    readonly audienceMatchPolicy: 'MatchAny'
  }
  readonly claimValidationRules?: readonly { readonly claim: string; readonly requiredValue: string }[]
  readonly claimMappings: {
    readonly username: { readonly claim: string; readonly prefix: string }
    readonly groups: { readonly claim: string; readonly prefix: string }
  }
  readonly userValidationRules: readonly { readonly expression: string; readonly message: string }[]
}

/**
 * The rules of `toIdentity` for final names, as CEL. RE2's \pC would take unassigned code points along;
 * Cc alone is the control characters. trim() is Unicode's white space, as in Go.
 */
const userValidationRules = [
  {
    expression: "!user.username.startsWith('system:')",
    message: 'usernames in system: belong to the cluster',
  },
  {
    expression: "user.groups.all(group, !group.startsWith('system:'))",
    message: 'groups in system: belong to the cluster',
  },
  {
    expression: String.raw`user.username != '' && user.username.trim() == user.username && !user.username.matches('\\p{Cc}')`,
    message: 'the username is empty, padded or holds a control character',
  },
  {
    expression: String.raw`user.groups.all(group, group != '' && group.trim() == group && !group.matches('\\p{Cc}'))`,
    message: 'a group is empty, padded or holds a control character',
  },
] as const

/**
 * Writes issuer settings as the API server's AuthenticationConfiguration, so that it gives a token the
 * same user as `createTokenVerifier` does. Mappings are `claim` with a prefix, never CEL: the API server
 * then checks `email_verified` by itself. It accepts every asymmetric algorithm; `signingAlgorithms` can
 * not be told to it, so the proxy may refuse an algorithm that the API server takes.
 *
 * `certificateAuthorityPem` is the content of the issuers' CA file, given to every issuer that names one.
 */
export function toAuthenticationConfiguration(
  issuers: readonly IssuerSettings[],
  options: {
    certificateAuthorityPem?: string | ((issuer: IssuerSettings) => string | undefined) | undefined
  } = {},
): AuthenticationConfiguration {
  const { certificateAuthorityPem } = options
  return {
    apiVersion: 'apiserver.config.k8s.io/v1',
    kind: 'AuthenticationConfiguration',
    jwt: issuers.map((issuer) => {
      const fromFile = issuer.certificateAuthorityFile === undefined ? undefined : certificateAuthorityPem
      const certificateAuthority = typeof fromFile === 'function' ? fromFile(issuer) : fromFile
      const required = Object.entries(issuer.requiredClaims)
      return {
        issuer: {
          url: issuer.url,
          ...(issuer.discoveryURL === undefined ? {} : { discoveryURL: issuer.discoveryURL }),
          ...(certificateAuthority === undefined ? {} : { certificateAuthority }),
          audiences: issuer.audiences,
          audienceMatchPolicy: 'MatchAny',
        },
        ...(required.length === 0
          ? {}
          : { claimValidationRules: required.map(([claim, requiredValue]) => ({ claim, requiredValue })) }),
        claimMappings: {
          username: { claim: issuer.usernameClaim, prefix: issuer.usernamePrefix },
          groups: { claim: issuer.groupsClaim, prefix: issuer.groupsPrefix },
        },
        userValidationRules,
      }
    }),
  }
}
