import { parseAllDocuments } from 'yaml'
import { z } from 'zod'
import { ClusterError } from '../errors.ts'
import type { Kubectl } from './kubectl.ts'
import type { Need, Right } from './rights.ts'

const reviewSchema = z.object({ status: z.object({ allowed: z.boolean() }) })

/**
 * Asks the API server about each right with a SelfSubjectAccessReview, which changes nothing; a function that
 * knows the answers.
 *
 * @throws ClusterError when the cluster can't be asked
 */
export async function reviewRights(
  rights: readonly Right[],
  kubectl: Kubectl,
  signal: AbortSignal,
): Promise<(right: Right) => boolean> {
  const keys = new Map(rights.map((right) => [JSON.stringify(right), right]))
  if (keys.size === 0) return () => false
  const items = [...keys.values()].map(reviewOf)
  const text = await kubectl.run(['create', '--filename=-', '--output=yaml', '--validate=false'], {
    input: { apiVersion: 'v1', kind: 'List', items },
    signal,
  })
  const answers = parseAllDocuments(text).map((document) => reviewSchema.parse(document.toJS()))
  if (answers.length !== items.length) {
    throw new ClusterError(
      'ERR_KUBECTL',
      `the cluster answered ${answers.length} of ${items.length} questions about rights; try again`,
    )
  }
  const allowed = new Map([...keys.keys()].map((key, index) => [key, answers[index]?.status.allowed]))
  return (right) => allowed.get(JSON.stringify(right)) === true
}

/** The needs that are not met. */
export async function missingRights(
  needs: readonly Need[],
  kubectl: Kubectl,
  signal: AbortSignal,
): Promise<Right[]> {
  const asked = needs.flatMap(({ right, instead = [] }) => [right, ...instead])
  const isAllowed = await reviewRights(asked, kubectl, signal)
  return needs
    .filter(({ right, instead }) => !isAllowed(right) && !(instead?.every(isAllowed) ?? false))
    .map(({ right }) => right)
}

/** `authorization.k8s.io/v1`. */
function reviewOf(right: Right) {
  return {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: 'path' in right ? { nonResourceAttributes: right } : { resourceAttributes: right },
  }
}
