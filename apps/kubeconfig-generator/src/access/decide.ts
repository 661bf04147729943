import type { ClusterFile } from '../target.ts'
import { isClusterAdmin, type Role } from './roles.ts'

/** Whether a cluster has OpenID Connect settings, and if they are not complete, what is missing. */
export type OidcState =
  | { readonly kind: 'configured' }
  | { readonly kind: 'absent' }
  | { readonly kind: 'incomplete'; readonly missing: string }

export interface AccessQuestion {
  /** The caller's roles in the project that holds the cluster. */
  readonly roles: readonly Role[]
  readonly oidc: OidcState
  /** Whether the proxy stands in front of the cluster. */
  readonly proxy: boolean
  readonly file: ClusterFile
}

export type AccessDecision =
  | {
      readonly allowed: true
      /** The caller's own OpenID Connect login, or a credential that is issued for this download. */
      readonly credential: 'oidc' | 'issued'
      /** Where the file points: the API server itself, the proxy, or the gateway's TLS tunnel to the API server. */
      readonly route: 'apiserver' | 'proxy' | 'tunnel'
    }
  | { readonly allowed: false; readonly why: 'not-found' }
  | { readonly allowed: false; readonly why: ForbiddenReason; readonly message: string }

/** Why somebody with a role in the project does not get a file. */
export type ForbiddenReason = 'ClusterAdminOnly' | 'OidcAbsent' | 'OidcIncomplete'

/**
 * Who gets which file of a cluster, and what stands in it.
 *
 * | role                                             | OIDC | kubeconfig | admin kubeconfig |
 * | ------------------------------------------------ | ---- | ---------- | ---------------- |
 * | Cluster Admin, or custom with `cluster.delete`   | any  | yes        | yes              |
 * | any other role                                   | yes  | yes        | no               |
 * | any other role                                   | no   | no         | no               |
 * | none in the project                              | any  | no         | no               |
 *
 * Whoever has no role in the project is not told that it has such a cluster. Pure.
 */
export function decideAccess({ roles, oidc, proxy, file }: AccessQuestion): AccessDecision {
  if (roles.length === 0) return { allowed: false, why: 'not-found' }
  const isAdmin = roles.some(isClusterAdmin)
  if (file === 'adminkubeconfig') {
    return isAdmin
      ? { allowed: true, credential: 'issued', route: 'apiserver' }
      : forbidden('ClusterAdminOnly', `the admin kubeconfig is only for ${ADMINS}`)
  }
  if (oidc.kind === 'configured') {
    return { allowed: true, credential: 'oidc', route: proxy ? 'proxy' : 'apiserver' }
  }
  if (isAdmin) return { allowed: true, credential: 'issued', route: proxy ? 'tunnel' : 'apiserver' }
  const why = oidc.kind === 'absent' ? 'OidcAbsent' : 'OidcIncomplete'
  return forbidden(why, `${withoutOidc(oidc)}, so its kubeconfig is only for ${ADMINS}`)
}

const ADMINS = 'the role "Cluster Admin" and custom roles with the permission cluster.delete'

/** Why a cluster counts as one without OpenID Connect, as the beginning of a sentence. Pure. */
export function withoutOidc(oidc: Exclude<OidcState, { kind: 'configured' }>): string {
  return oidc.kind === 'absent'
    ? 'the cluster has no OIDC configured'
    : `the cluster's OIDC settings are incomplete (${oidc.missing} is missing) and count as not configured`
}

function forbidden(why: ForbiddenReason, message: string): AccessDecision {
  return { allowed: false, why, message }
}
