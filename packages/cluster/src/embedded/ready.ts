import { setTimeout as delay } from 'node:timers/promises'
import { ClusterError } from '../errors.ts'
import { type Api, field } from './api.ts'

/** One thing that must be so before a cluster is ready. */
export interface Check {
  /** Completes "waiting for …". */
  readonly name: string
  /** One look; false and a rejection mean "not yet". */
  readonly isDone: (signal: AbortSignal) => Promise<boolean>
}

const POLL_MS = 40

/**
 * Looks at all `checks` again and again until each was done once.
 *
 * @throws ClusterError `ERR_NOT_READY` after `withinMs`, naming what is not yet done and what the last look met
 */
export async function untilDone(
  checks: readonly Check[],
  { withinMs, signal, onDone }: { withinMs: number; signal: AbortSignal; onDone: (check: Check) => void },
): Promise<void> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(withinMs)])
  const waiting = new Map<Check, string>(checks.map((check) => [check, '']))
  await Promise.all(
    checks.map(async (check) => {
      while (!limit.aborted) {
        try {
          if (await check.isDone(limit)) {
            waiting.delete(check)
            onDone(check)
            return
          }
          waiting.set(check, '')
        } catch (error) {
          if (!limit.aborted) waiting.set(check, ` (${(error as Error).message})`)
        }
        await delay(POLL_MS, undefined, { signal: limit }).catch(() => undefined)
      }
    }),
  )
  signal.throwIfAborted()
  if (waiting.size > 0) {
    const missing = [...waiting].map(([check, problem]) => `${check.name}${problem}`).join('; ')
    throw new ClusterError(
      'ERR_NOT_READY',
      `the cluster was not ready within ${withinMs / 1000} s: still waiting for ${missing}`,
    )
  }
}

const aggregated = ['view', 'edit', 'admin'] as const

/** The roles and accounts that controllers fill in, and the node. */
export function clusterChecks(api: Api, node: string): Check[] {
  return [
    ...aggregated.map((role) => ({
      name: `the rules of the ClusterRole ${role}`,
      isDone: async (signal: AbortSignal) => {
        const found = await api.get(`/apis/rbac.authorization.k8s.io/v1/clusterroles/${role}`, signal)
        const rules = field(found, 'rules')
        return Array.isArray(rules) && rules.length > 0
      },
    })),
    {
      name: 'the default ServiceAccount in the namespace default',
      isDone: async (signal) =>
        (await api.get('/api/v1/namespaces/default/serviceaccounts/default', signal)) !== undefined,
    },
    {
      name: `the node ${node} to be Ready`,
      isDone: async (signal) => {
        const conditions = field(await api.get(`/api/v1/nodes/${node}`, signal), 'status', 'conditions')
        return (
          Array.isArray(conditions) &&
          conditions.some(
            (condition) => field(condition, 'type') === 'Ready' && field(condition, 'status') === 'True',
          )
        )
      },
    },
  ]
}
