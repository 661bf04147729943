import { describeRights, nameOf, type WritePlan } from '@gatehouse/cluster'
import type { Impersonated } from './proxy-objects.ts'

/** The cluster that a plan is for. */
export interface PlannedCluster {
  readonly context: string
  readonly server: string
  readonly version: string
  readonly user: string
}

/** What was given to `gatehouse`, to be repeated in the commands that it advises. */
export interface Invocation {
  readonly stack: string
  readonly kubeconfig: string
  readonly mayWrite: boolean
}

/**
 * Why a stack can't start with this plan, with everything it would write, every right that is missing, and what to
 * do; undefined when it can. Pure.
 */
export function refusalOf(
  cluster: PlannedCluster,
  plan: WritePlan,
  impersonated: Impersonated,
  invocation: Invocation,
): string | undefined {
  const { writes, foreign, missingRights } = plan
  const needsConsent = writes.length > 0 && !invocation.mayWrite
  if (!needsConsent && foreign.length === 0 && missingRights.length === 0) return undefined
  const sections = [
    [
      `Nothing was started, and nothing was written to the cluster of the context "${cluster.context}" (${cluster.server}, Kubernetes ${cluster.version}), where you are "${cluster.user}".`,
    ],
    writes.length === 0 ? [] : ['A stack wants to write to it:', ...describeWrites(plan)],
    [
      `The stack requests short-lived tokens for its ServiceAccount; nothing is stored for them. With one, its proxy may act as ${impersonated.users.join(', ')}, in the groups ${impersonated.groups.join(', ') || '(none)'}, and as nobody else.`,
    ],
    missingRights.length === 0
      ? []
      : [`You lack rights that this takes:`, ...describeRights(missingRights).map((line) => `  ${line}`)],
    foreign.length === 0
      ? []
      : [
          "These exist already and are not Gatehouse's, so they are never changed:",
          ...foreign.map((object) => `  ${nameOf(object)}`),
          'Remove or rename them, or leave out what wants them (content and manifests in gatehouse.yaml).',
        ],
    wayOut(cluster, plan, invocation),
  ]
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')
}

/** One line for each write. Pure. */
function describeWrites({ writes }: WritePlan): string[] {
  return writes.map(({ action, object }) => `  ${action} ${nameOf(object)}`)
}

function wayOut(cluster: PlannedCluster, plan: WritePlan, { stack, kubeconfig }: Invocation): string[] {
  const { writes, missingRights, foreign } = plan
  const context = quote(cluster.context)
  const name = stack === 'default' ? '' : ` --name ${stack}`
  if (missingRights.length > 0) {
    return [
      'Somebody who has these rights can apply the objects, with what lets you use them:',
      `  gatehouse manifests${name} --user ${quote(cluster.user)} | kubectl apply -f -`,
      'Then start again; nothing is left to be written.',
    ]
  }
  if (writes.length === 0 || foreign.length > 0) return []
  return [
    'To allow it:',
    `  gatehouse up${name} --write`,
    'Or apply the objects yourself, and start again:',
    `  gatehouse manifests${name} | kubectl --kubeconfig ${quote(kubeconfig)} --context ${context} apply -f -`,
  ]
}

/** For a POSIX shell. */
function quote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`
}
