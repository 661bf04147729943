import { LRUCache } from 'lru-cache'
import type { Decision } from './review-client.ts'
import type { RequestInfo } from './request-info.ts'
import { reviewSpec, type Subject, type SubjectAccessReviewSpec } from './subject-access-review.ts'

export interface AuthorizerOptions {
  /** Asks for one decision on behalf of the request `auditId`; a rejection means that there is none. */
  readonly review: (spec: SubjectAccessReviewSpec, auditId: string | undefined) => Promise<Decision>
  /** How long a yes is remembered, in seconds (default 5). */
  readonly allowedTtlSeconds?: number
  /** How long a no is remembered, in seconds (default 1). */
  readonly deniedTtlSeconds?: number
  readonly maxEntries?: number
}

export interface Authorizer {
  /** What is remembered for this request, without waiting. */
  recall(subject: Subject, info: RequestInfo): Decision | undefined
  /**
   * Decides on a request; rejects when the review failed, which must be taken for a no. The first of several
   * equal requests gives its `auditId` to the review.
   */
  authorize(subject: Subject, info: RequestInfo, auditId?: string): Promise<Decision>
}

/**
 * Remembers decisions for seconds under the whole spec of their review (user, uid, groups, extra and every
 * attribute of the request), with one review in flight for each spec. Failed reviews are not remembered.
 */
export function createAuthorizer(options: AuthorizerOptions): Authorizer {
  const { review, allowedTtlSeconds = 5, deniedTtlSeconds = 1, maxEntries = 20_000 } = options
  const decisions = new LRUCache<string, Decision>({ max: maxEntries, ttlResolution: 100 })
  const inFlight = new Map<string, Promise<Decision>>()
  // A subject lives as long as its token or connection; its part of the key is written once.
  const subjectKeys = new WeakMap<Subject, string>()

  const keyOf = (subject: Subject, info: RequestInfo): string => {
    let subjectKey = subjectKeys.get(subject)
    if (subjectKey === undefined) {
      subjectKey = JSON.stringify([subject.username, subject.uid, subject.groups, subject.extra])
      subjectKeys.set(subject, subjectKey)
    }
    return subjectKey + attributesKey(info)
  }

  const decide = async (
    key: string,
    spec: SubjectAccessReviewSpec,
    auditId: string | undefined,
  ): Promise<Decision> => {
    try {
      const decision = await review(spec, auditId)
      const ttlSeconds = decision.allowed ? allowedTtlSeconds : deniedTtlSeconds
      if (ttlSeconds > 0) decisions.set(key, decision, { ttl: ttlSeconds * 1000 })
      return decision
    } finally {
      inFlight.delete(key)
    }
  }

  return {
    recall: (subject, info) => decisions.get(keyOf(subject, info)),
    async authorize(subject, info, auditId) {
      const key = keyOf(subject, info)
      const known = decisions.get(key)
      if (known) return known
      let pending = inFlight.get(key)
      if (!pending) {
        pending = decide(key, reviewSpec(subject, info), auditId)
        inFlight.set(key, pending)
      }
      return pending
    },
  }
}

/** NUL can't stand in any of these, so no two requests share a key. */
function attributesKey(info: RequestInfo): string {
  if (!info.isResourceRequest) return `\0${info.verb}\0${info.path}`
  const { verb, apiGroup, apiVersion, resource, subresource, namespace, name, fieldSelector, labelSelector } =
    info
  return `\0${verb}\0${apiGroup}\0${apiVersion}\0${resource}\0${subresource}\0${namespace}\0${name}\0${fieldSelector}\0${labelSelector}`
}
