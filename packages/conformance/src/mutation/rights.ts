import { z } from 'zod'
import { ConformanceError } from '../errors.ts'
import type { Api } from '../run/api.ts'

const list = z
  .array(z.string())
  .nullish()
  .transform((value) => value ?? [])
const reviewSchema = z.object({
  status: z.object({
    resourceRules: z.array(z.object({ verbs: list, apiGroups: list, resources: list, resourceNames: list })),
    nonResourceRules: z.array(z.object({ verbs: list, nonResourceURLs: list })),
  }),
})

/**
 * Everything that somebody may do in `namespaces`, as the API server lists it (SelfSubjectRulesReview), in a form
 * in which the same rights are the same text, whichever bindings give them.
 *
 * @throws ConformanceError `ERR_CLUSTER`
 */
export async function rightsOf(api: Api, namespaces: readonly string[]): Promise<string> {
  const all = await Promise.all(
    namespaces.map(async (namespace) => [namespace, await rightsIn(api, namespace)]),
  )
  return JSON.stringify(all)
}

async function rightsIn(api: Api, namespace: string): Promise<string[]> {
  const { status, text } = await api.send('POST', '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews', {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectRulesReview',
    spec: { namespace },
  })
  // Who may not ask has lost a right, too.
  if (status === 403) return ['none that may be listed']
  if (status !== 201) {
    throw new ConformanceError(
      'ERR_CLUSTER',
      `a SelfSubjectRulesReview was answered with ${status}: ${text.slice(0, 300)}`,
    )
  }
  const { resourceRules, nonResourceRules } = reviewSchema.parse(JSON.parse(text)).status
  const rights = [
    ...resourceRules.flatMap(({ verbs, apiGroups, resources, resourceNames }) =>
      verbs.flatMap((verb) =>
        apiGroups.flatMap((group) =>
          resources.flatMap((resource) =>
            (resourceNames.length === 0 ? [''] : resourceNames).map(
              (name) => `${verb} ${group}/${resource} ${name}`,
            ),
          ),
        ),
      ),
    ),
    ...nonResourceRules.flatMap(({ verbs, nonResourceURLs }) =>
      verbs.flatMap((verb) => nonResourceURLs.map((url) => `${verb} ${url}`)),
    ),
  ]
  return [...new Set(rights)].toSorted()
}
