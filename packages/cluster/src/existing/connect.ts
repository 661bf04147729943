import { z } from 'zod'
import { ClusterError } from '../errors.ts'
import type { Kubectl } from './kubectl.ts'

/** Who one is at a cluster, and what it is. */
export interface Connected {
  /** The user's name, as the cluster knows it. */
  readonly user: string
  /** For instance `v1.37.2`. */
  readonly version: string
}

/** SelfSubjectReview (authentication.k8s.io/v1) came with 1.28. */
const OLDEST = [1, 28] as const

/**
 * Asks the cluster for its version and for who we are there; both only read.
 *
 * @throws ClusterError `ERR_UNREACHABLE`, `ERR_CREDENTIALS`, `ERR_VERSION`
 */
export async function connect(kubectl: Kubectl, signal: AbortSignal): Promise<Connected> {
  // Raw, since kubectl's discovery tries an address that does not answer several times.
  const version = parseVersion(await kubectl.run(['get', '--raw=/version'], { signal, requestSeconds: 8 }))
  const who = await kubectl.run(['auth', 'whoami', '--output=json'], { signal })
  return { version, user: whoSchema.parse(JSON.parse(who)).status.userInfo.username }
}

const whoSchema = z.object({ status: z.object({ userInfo: z.object({ username: z.string() }) }) })
const versionSchema = z.object({ gitVersion: z.string() })

/**
 * The version in the API server's answer (k8s.io/apimachinery/pkg/version.Info). Pure.
 *
 * @throws ClusterError `ERR_VERSION` when it is too old, or no version
 */
export function parseVersion(text: string): string {
  const { gitVersion } = versionSchema.parse(JSON.parse(text))
  const [, major, minor] = /^v(\d+)\.(\d+)\./.exec(gitVersion) ?? []
  const isEnough = Number(major) > OLDEST[0] || (Number(major) === OLDEST[0] && Number(minor) >= OLDEST[1])
  if (isEnough) return gitVersion
  throw new ClusterError(
    'ERR_VERSION',
    `the cluster's Kubernetes is ${gitVersion}, and ${OLDEST.join('.')} is the oldest that will do; upgrade it or use another cluster`,
  )
}
