import type { PlannedQuestion } from '../../plan/questions.ts'
import type { WireContext } from '../../request/wire.ts'

/** Where in the console something is offered, and what the page asks the API when it is taken. */
export interface Visit {
  /** Path and query of the page. */
  readonly address: string
  /** What must be on the page for the person to have it; undefined where the page itself is what is wanted. */
  readonly offer?: { readonly action: string } | { readonly tab: string }
  /** The path of the request that the page makes for it; undefined where taking the offer would change something. */
  readonly request?: string
}

/** Objects that are in every namespace; of others the page can offer nothing, since they are not there. */
const KNOWN: Readonly<Record<string, string>> = { configmaps: 'kube-root-ca.crt' }
const ACTIONS: Readonly<Record<string, string>> = { patch: 'edit', delete: 'delete' }

/**
 * How a person with the console does what `planned` asks for; undefined where the console has no way. What would
 * change something is looked for and not done. Pure.
 */
export function visitOf(
  { question, served }: PlannedQuestion,
  { name, pods }: WireContext,
): Visit | undefined {
  const { verb, group, resource, subresource, namespace } = question
  if (!served) return undefined
  const base = `/resources/${group || 'core'}/${served.version}/${resource}`
  const collection = `${group === '' ? '/api' : `/apis/${group}`}/${served.version}${
    namespace === '' || !served.namespaced ? '' : `/namespaces/${namespace}`
  }/${resource}`
  const list = { address: namespace === '' ? base : `${base}?namespace=${namespace}` }
  const of = (object: string) => {
    const inAddress = served.namespaced ? `${namespace}/${object}` : object
    return { address: `${base}/${inAddress}`, request: `${collection}/${object}` }
  }
  const existing = question.name || (group === '' ? KNOWN[resource] : undefined)
  if (subresource !== '') {
    const running = pods.get(namespace)
    if (group !== '' || resource !== 'pods' || running === undefined) return undefined
    const pod = of(running)
    if (subresource === 'log' && verb === 'get') {
      return { ...pod, offer: { tab: 'Log' }, request: `${pod.request}/log` }
    }
    if (subresource === 'exec' && verb === 'create')
      return { address: pod.address, offer: { tab: 'Terminal' } }
    return undefined
  }
  // What belongs to a namespace is asked for in one, or listed in all.
  if (served.namespaced && namespace === '' && verb !== 'list') return undefined
  if (verb === 'list') return { ...list, request: collection }
  if (verb === 'create') return { ...list, offer: { action: 'create' } }
  if (verb === 'get') return of(existing || name)
  const action = ACTIONS[verb]
  return action && existing ? { address: of(existing).address, offer: { action } } : undefined
}
