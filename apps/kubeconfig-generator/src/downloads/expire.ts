import type { V1ClusterRoleBinding } from '@kubernetes/client-node'
import type { Logger } from '@gatehouse/server'
import type { ClusterSettings } from '../catalogue/schema.ts'
import type { AuditEvent } from './audit-log.ts'
import { downloadOf, isOver } from './binding.ts'
import { deleteBinding, listBindings, openClusterApi } from './cluster-api.ts'

/** How long an expired binding may stay when nobody heard of it: another process issued it, or a look failed. */
const LOOK_AGAIN_MS = 10_000
/** The clock of a timer may be early by a little; then the next look is this much later. */
const SOONEST_MS = 100

export interface ExpiryOptions {
  readonly clusters: () => readonly ClusterSettings[]
  readonly audit: (event: AuditEvent) => Promise<void>
  readonly onExpired: (clusterId: string) => void
  readonly logger: Logger
}

export interface Expiry extends AsyncDisposable {
  /** A credential ends at `time`: look then, and not later. */
  readonly expectAt: (time: Date) => void
}

/**
 * Deletes the bindings whose time is up, in every cluster of the catalogue. Level-triggered: each look reads what
 * is there and does what that needs, so it does not matter who made a binding, what was missed while this
 * process was away, or how often it looks. The certificate ends by itself, at least ten minutes after it was
 * issued; this ends its rights on the second.
 */
export function startExpiry(options: ExpiryOptions): Expiry {
  const { clusters, logger } = options
  const complaints = new Map<string, string>()
  let nextAt = Infinity
  let timer: NodeJS.Timeout | undefined
  let looking = Promise.resolve()
  let stopped = false

  const expectAt = (time: number) => {
    nextAt = Math.min(nextAt, time)
    clearTimeout(timer)
    if (stopped) return
    timer = setTimeout(
      () => {
        nextAt = Infinity
        looking = looking.then(look)
      },
      Math.max(SOONEST_MS, nextAt - Date.now()),
    ).unref()
  }
  const lookAt = async (cluster: ClusterSettings): Promise<number> => {
    try {
      const end = await expireIn(cluster, options)
      complaints.delete(cluster.id)
      return end
    } catch (error) {
      const { message } = error as Error
      // Looked at every few seconds, told once.
      if (complaints.get(cluster.id) !== message) {
        logger.warn({ cluster: cluster.name, reason: message }, 'expired downloads could not be removed')
      }
      complaints.set(cluster.id, message)
      return Infinity
    }
  }
  const look = async () => {
    const issuing = clusters().filter(({ credentials }) => credentials !== undefined)
    const ends = await Promise.all(issuing.map(lookAt))
    expectAt(Math.min(Date.now() + LOOK_AGAIN_MS, ...ends))
  }
  looking = look()
  return {
    expectAt: (time) => expectAt(time.getTime()),
    async [Symbol.asyncDispose]() {
      stopped = true
      clearTimeout(timer)
      await looking
    },
  }
}

/** Removes what is over in one cluster; when the next one is, in milliseconds since the epoch. */
async function expireIn(
  cluster: ClusterSettings,
  { clusters, audit, onExpired, logger }: ExpiryOptions,
): Promise<number> {
  const api = await openClusterApi(cluster.credentials!.kubeconfig)
  const bindings = await listBindings(api)
  const now = new Date()
  for (const binding of bindings.filter((one) => isOver(one, now))) {
    if (!(await deleteBinding(api, binding))) continue
    // Another entry may be about the same API server.
    const owner = clusters().find(({ id }) => id === downloadOf(binding)?.clusterId) ?? cluster
    onExpired(owner.id)
    logger.info({ cluster: owner.name, binding: binding.metadata?.name }, 'a download expired')
    await audit(expiryEvent(owner, binding))
  }
  const ends = bindings.flatMap((binding) => downloadOf(binding)?.expiresAt.getTime() ?? [])
  return Math.min(...ends.filter((end) => end > now.getTime()))
}

function expiryEvent({ id, name, project }: ClusterSettings, binding: V1ClusterRoleBinding): AuditEvent {
  const download = downloadOf(binding)
  const known = download && {
    file: download.file,
    downloadId: download.id,
    expiresAt: download.expiresAt.toISOString(),
  }
  const user = download?.downloadedBy ?? 'unknown'
  return { event: 'expired', user, clusterId: id, cluster: name, project, ...known }
}
