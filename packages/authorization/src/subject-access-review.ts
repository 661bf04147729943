import type { RequestInfo } from './request-info.ts'

/** Whom a review is about. */
export interface Subject {
  readonly username: string
  readonly uid?: string
  /** All of them, `system:authenticated` included. */
  readonly groups: readonly string[]
  readonly extra: Readonly<Record<string, readonly string[]>>
}

/** `authorization.k8s.io/v1`, SubjectAccessReviewSpec. */
export interface SubjectAccessReviewSpec {
  readonly user: string
  readonly uid?: string
  readonly groups: readonly string[]
  readonly extra?: Readonly<Record<string, readonly string[]>>
  readonly resourceAttributes?: Readonly<Record<string, string | { readonly rawSelector: string }>>
  readonly nonResourceAttributes?: { readonly path: string; readonly verb: string }
}

/**
 * The review that asks whether `subject` may do what `info` says. Selectors go in raw: the API server
 * parses them as it would parse the request's own. Pure.
 */
export function reviewSpec(subject: Subject, info: RequestInfo): SubjectAccessReviewSpec {
  const { username, uid, groups, extra } = subject
  const user = {
    user: username,
    ...(uid === undefined ? {} : { uid }),
    groups,
    ...(Object.keys(extra).length === 0 ? {} : { extra }),
  }
  if (!info.isResourceRequest) {
    return { ...user, nonResourceAttributes: { path: info.path, verb: info.verb } }
  }
  return {
    ...user,
    resourceAttributes: {
      verb: info.verb,
      group: info.apiGroup,
      version: info.apiVersion,
      resource: info.resource,
      subresource: info.subresource,
      namespace: info.namespace,
      name: info.name,
      ...(info.fieldSelector === '' ? {} : { fieldSelector: { rawSelector: info.fieldSelector } }),
      ...(info.labelSelector === '' ? {} : { labelSelector: { rawSelector: info.labelSelector } }),
    },
  }
}
