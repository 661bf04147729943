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
  const [everywhere, ...all] = await Promise.all(
    [NOWHERE, ...namespaces].map((namespace) => rightsIn(api, namespace)),
  )
  // A namespace's list has the paths of its bindings' roles, though only cluster-wide ones count.
  return JSON.stringify([everywhere?.paths, all.map(({ resources }) => resources)])
}

/** No binding is in it, so only cluster-wide rights hold there. */
const NOWHERE = 'gatehouse-mutation-nowhere'

async function rightsIn(
  api: Api,
  namespace: string,
): Promise<{ resources: readonly string[]; paths: readonly string[] }> {
  const { status, text } = await api.send('POST', '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews', {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectRulesReview',
    spec: { namespace },
  })
  // Who may not ask has lost a right, too.
  if (status === 403) return { resources: ['none that may be listed'], paths: [] }
  if (status !== 201) {
    const message = `a SelfSubjectRulesReview was answered with ${status}: ${text.slice(0, 300)}`
    throw new ConformanceError('ERR_CLUSTER', message)
  }
  const { resourceRules, nonResourceRules } = reviewSchema.parse(JSON.parse(text)).status
  const resources = resourceRules.flatMap(({ verbs, apiGroups, resources: ofRule, resourceNames }) =>
    verbs.flatMap((verb) =>
      apiGroups.flatMap((group) =>
        ofRule.flatMap((resource) =>
          (resourceNames.length === 0 ? [''] : resourceNames).map(
            (name) => `${verb} ${group}/${resource} ${name}`,
          ),
        ),
      ),
    ),
  )
  const paths = nonResourceRules.flatMap(({ verbs, nonResourceURLs }) =>
    verbs.flatMap((verb) => nonResourceURLs.map((url) => `${verb} ${url}`)),
  )
  return { resources: sorted(resources), paths: sorted(paths) }
}

function sorted(rights: readonly string[]): string[] {
  return [...new Set(rights)].toSorted()
}
