import { type Catalogue, resourceName, type ServedResource } from '../catalogue/catalogue.ts'
import type { Question } from '../result.ts'
import { CLUSTER } from '../spec/schema.ts'

/** A place with its namespace; that of `cluster` is empty. */
export interface Place {
  readonly id: string
  readonly namespace: string
}

/** A question with what the cluster says about its resource; undefined for what is asked without one. */
export interface PlannedQuestion {
  readonly question: Question
  readonly served: ServedResource | undefined
}

const RBAC = 'rbac.authorization.k8s.io'
/** Verbs of requests for one object. */
const NAMED: ReadonlySet<string> = new Set(['get', 'update', 'patch', 'delete'])
/** The only verbs that are served for all namespaces at once. */
const ACROSS_NAMESPACES: ReadonlySet<string> = new Set(['list', 'watch'])
const UPGRADED: ReadonlySet<string> = new Set(['exec', 'attach', 'portforward'])

/**
 * Everything that one persona can be tried at: what the cluster serves at each place, non-resource paths, and
 * the verbs of RBAC that no method stands for (impersonate, bind, escalate). Pure.
 */
export function questionsFor(
  persona: string,
  catalogue: Catalogue,
  places: readonly Place[],
  extra: { readonly nonResourcePaths: readonly string[]; readonly names: readonly NamedObjects[] },
): PlannedQuestion[] {
  const all = [{ id: CLUSTER, namespace: '' }, ...places]
  const paths = new Set([...catalogue.nonResourcePaths, ...extra.nonResourcePaths])
  return [
    ...all.flatMap((place) =>
      catalogue.resources.flatMap((served) => questionsAbout(persona, served, place)),
    ),
    ...extra.names.flatMap(({ place, resource, verbs, names }) => {
      const served = catalogue.resources.find((one) => resourceName(one) === resource)
      const at = all.find(({ id }) => id === place)
      if (!served || !at) return []
      return questionsAbout(persona, served, at)
        .filter(
          ({ question }) =>
            verbs.includes(question.verb) &&
            (NAMED.has(question.verb) || ACROSS_NAMESPACES.has(question.verb)),
        )
        .flatMap((planned) => names.map((name) => ({ ...planned, question: { ...planned.question, name } })))
    }),
    ...all.flatMap((place) => withoutMethod(persona, place)),
    ...[...paths].map((nonResourcePath) => ({
      question: { ...blank(persona, { id: CLUSTER, namespace: '' }), verb: 'get', nonResourcePath },
      served: undefined,
    })),
  ]
}

/** Objects whose names a rule gives. */
export interface NamedObjects {
  readonly place: string
  readonly resource: string
  readonly verbs: readonly string[]
  readonly names: readonly string[]
}

function questionsAbout(persona: string, served: ServedResource, place: Place): PlannedQuestion[] {
  const { group, resource, subresource, namespaced, verbs } = served
  const isCluster = place.id === CLUSTER
  const isOwnNamespace = group === '' && resource === 'namespaces' && !isCluster
  const isServedHere = (verb: string): boolean => {
    if (isCluster) return !namespaced || (subresource === '' && ACROSS_NAMESPACES.has(verb))
    // A request for the namespace NAME counts as one in NAME.
    return namespaced || (isOwnNamespace && NAMED.has(verb))
  }
  return verbs.filter(isServedHere).map((verb) => ({
    question: {
      ...blank(persona, place),
      verb,
      group,
      resource,
      subresource,
      name: isOwnNamespace ? place.namespace : '',
      transport: transportOf(served, verb),
    },
    served,
  }))
}

/** WebSockets begin with a GET, SPDY with a POST. */
function transportOf({ group, resource, subresource }: ServedResource, verb: string): Question['transport'] {
  if (group !== '' || resource !== 'pods' || !UPGRADED.has(subresource)) return 'http'
  return verb === 'get' ? 'websocket' : 'spdy'
}

function withoutMethod(persona: string, place: Place): PlannedQuestion[] {
  const ask = (verb: string, group: string, resource: string): PlannedQuestion => ({
    question: { ...blank(persona, place), verb, group, resource },
    served: undefined,
  })
  return place.id === CLUSTER
    ? [
        ask('impersonate', '', 'users'),
        ask('impersonate', '', 'groups'),
        ask('bind', RBAC, 'clusterroles'),
        ask('escalate', RBAC, 'clusterroles'),
      ]
    : [
        ask('impersonate', '', 'serviceaccounts'),
        ask('bind', RBAC, 'clusterroles'),
        ask('escalate', RBAC, 'roles'),
      ]
}

function blank(persona: string, place: Place): Question {
  return {
    persona,
    verb: '',
    group: '',
    resource: '',
    subresource: '',
    namespace: place.namespace,
    name: '',
    nonResourcePath: '',
    place: place.id,
    transport: 'http',
  }
}

/** One line for a question, in which no two questions are alike. Pure. */
export function questionKey(question: Question): string {
  const { persona, verb, group, resource, subresource, name, nonResourcePath, place, transport } = question
  return [persona, place, verb, group, resource, subresource, name, nonResourcePath, transport].join(' ')
}

/** The question of a cell, or of anything else that has one in it. Pure. */
export function questionOf(cell: Question): Question {
  const { persona, verb, group, resource, subresource, namespace, name, nonResourcePath, place, transport } =
    cell
  return { persona, verb, group, resource, subresource, namespace, name, nonResourcePath, place, transport }
}

/** What a question is about: a path, or a resource as kubectl names it. Pure. */
export function objectName(question: Question): string {
  return question.nonResourcePath || resourceName(question)
}
