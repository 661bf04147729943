import { resourceName } from '../../catalogue/catalogue.ts'
import type { PlannedQuestion } from '../../plan/questions.ts'
import { NO_UID, wireRequest, type WireContext } from '../../request/wire.ts'

/** A kubectl command line that asks one question. */
export interface KubectlCommand {
  readonly args: readonly string[]
  readonly input?: string
  readonly env?: Readonly<Record<string, string>>
  /** It goes on until somebody ends it; what it has to show is shown when the protocol was switched. */
  readonly isEndless?: boolean
}

/** From here on kubectl tells the headers of requests and answers; it masks the token itself. */
const VERBOSE = '--v=8'
const FROM_INPUT = ['-f', '-', '--dry-run=server']

/**
 * How somebody asks `planned` with kubectl, as far as that is a command: a dry run where it would change
 * something; undefined where kubectl has none. Pure.
 */
export function kubectlCommand(planned: PlannedQuestion, context: WireContext): KubectlCommand | undefined {
  const { question, served } = planned
  const { verb, subresource, namespace, nonResourcePath } = question
  if (nonResourcePath !== '') return { args: ['get', '--raw', nonResourcePath, VERBOSE] }
  if (!served) return undefined
  const scope =
    namespace === '' ? (served.namespaced ? ['--all-namespaces'] : []) : ['--namespace', namespace]
  if (subresource !== '') {
    return streamCommand(planned, context, [...scope, VERBOSE])
  }
  const resource = resourceName(question)
  const name = question.name || context.name
  const object = (metadata: object) =>
    JSON.stringify({
      ...served.body,
      metadata: { ...metadata, name, ...(served.namespaced ? { namespace } : {}) },
    })
  const isWritable = served.body !== undefined && served.dryRun.has(verb)
  const raw = (command: string) => [command, '--raw', wireRequest(planned, context).target, VERBOSE]
  switch (verb) {
    case 'get':
      return { args: ['get', resource, name, '--output=name', ...scope, VERBOSE] }
    case 'list':
      return { args: ['get', resource, '--output=name', ...scope, VERBOSE] }
    case 'watch':
      return { args: raw('get') }
    case 'create':
      if (!isWritable) return undefined
      return { args: ['create', ...FROM_INPUT, '--validate=ignore', VERBOSE], input: object({}) }
    case 'update':
      if (!isWritable) return undefined
      return {
        args: ['replace', ...FROM_INPUT, '--validate=ignore', VERBOSE],
        input: object({ uid: NO_UID }),
      }
    case 'patch':
      if (!isWritable) return undefined
      return {
        args: ['apply', '--server-side', ...FROM_INPUT, '--validate=ignore', VERBOSE],
        input: object({ uid: NO_UID }),
      }
    case 'delete':
      if (!served.dryRun.has(verb)) return undefined
      return { args: ['delete', resource, name, '--dry-run=server', '--wait=false', ...scope, VERBOSE] }
    case 'deletecollection':
      return served.dryRun.has(verb) ? { args: raw('delete') } : undefined
    default:
      return undefined
  }
}

/** kubectl chooses the protocol by environment variables (KEP-4006). */
function streamCommand(
  { question: { group, resource, subresource, namespace, transport } }: PlannedQuestion,
  { name, pods }: WireContext,
  flags: readonly string[],
): KubectlCommand | undefined {
  if (group !== '' || resource !== 'pods') return undefined
  const pod = pods.get(namespace) ?? name
  const isWebSocket = String(transport === 'websocket')
  const env = {
    KUBECTL_REMOTE_COMMAND_WEBSOCKETS: isWebSocket,
    KUBECTL_PORT_FORWARD_WEBSOCKETS: isWebSocket,
  }
  switch (subresource) {
    case 'log':
      return { args: ['logs', ...flags, pod] }
    case 'exec':
      return { args: ['exec', ...flags, pod, '--', 'true'], env }
    case 'attach':
      return { args: ['attach', ...flags, pod], env, isEndless: true }
    case 'portforward':
      return { args: ['port-forward', ...flags, `pod/${pod}`, ':80'], env, isEndless: true }
    default:
      return undefined
  }
}
