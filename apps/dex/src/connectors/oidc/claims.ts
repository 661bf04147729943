import type { OidcConnectorSettings } from '../../config/oidc-connector.ts'

export type Claims = Readonly<Record<string, unknown>>

export type ClaimSettings = Pick<
  OidcConnectorSettings,
  | 'scopes'
  | 'hostedDomains'
  | 'insecureSkipEmailVerified'
  | 'insecureEnableGroups'
  | 'allowedGroups'
  | 'userIDKey'
  | 'userNameKey'
  | 'overrideClaimMapping'
  | 'claimMapping'
  | 'claimModifications'
>
