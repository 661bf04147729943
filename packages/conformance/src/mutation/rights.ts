import { ruleAllows } from '@gatehouse/authorization/rbac'
import { z } from 'zod'
import { ConformanceError } from '../errors.ts'
import type { Api } from '../run/api.ts'

const list = z
  .array(z.string())
  .nullish()
  .transform((value) => value ?? [])
const resourceRuleSchema = z.object({ verbs: list, apiGroups: list, resources: list, resourceNames: list })
const reviewSchema = z.object({
  status: z.object({
    resourceRules: z.array(resourceRuleSchema),
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
  const paths = nonResourceRules.flatMap(({ verbs, nonResourceURLs }) =>
    verbs.flatMap((verb) => nonResourceURLs.map((url) => `${verb} ${url}`)),
  )
  return { resources: resourceRights(resourceRules), paths: sorted(paths) }
}

/**
 * Each verb of each resource that `rules` give, a line each; without those that a wider one gives already, so that
 * a role that gives everything is the same whatever else stands in it. Pure.
 */
export function resourceRights(rules: readonly z.output<typeof resourceRuleSchema>[]): string[] {
  const single = rules.flatMap(({ verbs, apiGroups, resources, resourceNames }) =>
    verbs.flatMap((verb) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) =>
          (resourceNames.length === 0 ? [''] : resourceNames).map((name) => ({
            verb,
            group,
            resource,
            name,
          })),
        ),
      ),
    ),
  )
  const rights = new Map(single.map((right) => [textOf(right), right]))
  const wide = [...rights.values()].filter((right) => isWide(right))
  const isGivenAnyhow = (right: Right) =>
    (right.name !== '' && rights.has(textOf({ ...right, name: '' }))) ||
    wide.some((other) => other !== right && covers(other, right))
  return [...rights].flatMap(([text, right]) => (isGivenAnyhow(right) ? [] : [text])).toSorted()
}

interface Right {
  readonly verb: string
  readonly group: string
  readonly resource: string
  readonly name: string
}

const textOf = ({ verb, group, resource, name }: Right) => `${verb} ${group}/${resource} ${name}`

function isWide({ verb, group, resource }: Right): boolean {
  return verb === '*' || group === '*' || resource.startsWith('*')
}

function covers({ verb, group, resource, name }: Right, narrow: Right): boolean {
  const rule = {
    verbs: [verb],
    apiGroups: [group],
    resources: [resource],
    ...(name ? { resourceNames: [name] } : {}),
  }
  const [of = '', subresource = ''] = narrow.resource.split('/')
  const attributes = {
    verb: narrow.verb,
    apiGroup: narrow.group,
    resource: of,
    subresource,
    namespace: '',
    name: narrow.name,
  }
  return ruleAllows(rule, attributes)
}

function sorted(rights: readonly string[]): string[] {
  return [...new Set(rights)].toSorted()
}
