import { commandLine } from './command-line.ts'
import {
  type KindConfiguration,
  parseKindConfiguration,
  stringifyKindConfiguration,
} from './configuration.ts'
import { deleteCluster } from './delete-cluster.ts'
import { KindError } from './errors.ts'
import { explainFailure } from './explain-failure.ts'
import { getNodes } from './get.ts'
import { type KindProgress, readProgress } from './progress.ts'
import { type Kind, runKind } from './run.ts'
import { type Streaming, streaming } from './streaming.ts'

export interface CreateOptions {
  readonly name: string
  readonly configuration?: KindConfiguration
  /** The node image, for all nodes; without it kind's own default, which it pulls. */
  readonly image?: string
  /** File that gets the cluster's kubeconfig; kind would otherwise change the user's own. */
  readonly kubeconfig: string
  /** How long the control plane may take to be Ready; 0: don't wait. */
  readonly waitSeconds?: number
  /** Keeps the nodes of a cluster that could not be created, to look into them. */
  readonly retain?: boolean
  readonly signal?: AbortSignal
}

/** How long the removal after an abort may take, before it is given up and the abort goes through. */
const removalWithinMs = 60_000

/**
 * Creates a cluster. The result is a promise, and also a stream of what kind is doing:
 *
 * ```ts
 * const creation = createCluster(kind, options)
 * for await (const { state, message } of creation) console.log(state, message)
 * await creation
 * ```
 *
 * After an abort or a failure nothing of the cluster is left, unless `retain` is set.
 *
 * @throws KindError; the signal's reason after an abort
 */
export function createCluster(kind: Kind, options: CreateOptions): Streaming<void, KindProgress> {
  return streaming((report) => create(kind, options, report))
}

async function create(
  kind: Kind,
  options: CreateOptions,
  report: (progress: KindProgress) => void,
): Promise<void> {
  const { name, image, kubeconfig, waitSeconds = 0, retain = false, signal } = options
  // Checked even where it is empty: the name is.
  parseKindConfiguration({ ...options.configuration, name })
  const input = options.configuration && stringifyKindConfiguration({ ...options.configuration, name })
  const args = [
    'create',
    'cluster',
    `--name=${name}`,
    `--kubeconfig=${kubeconfig}`,
    ...(image === undefined ? [] : [`--image=${image}`]),
    ...(waitSeconds === 0 ? [] : [`--wait=${waitSeconds}s`]),
    ...(retain ? ['--retain'] : []),
    ...(input === undefined ? [] : ['--config=-']),
  ]
  await assertNameIsFree(kind, name, signal)
  const said: string[] = []
  const onLine = (line: string) => {
    said.push(line)
    const progress = readProgress(line)
    if (progress) report(progress)
  }
  try {
    await runKind(kind, args, { signal, input, onLine })
    // kind ends with success here, and says so only in its log (create/actions/waitforready).
    if (said.some((line) => line.includes('Timed out waiting for Ready'))) {
      throw new KindError('ERR_NOT_READY', `the control plane was not Ready within ${waitSeconds} s`, {
        command: commandLine(kind.path, args, { env: kind.env, input }),
        tail: said,
      })
    }
  } catch (error) {
    if (leavesNodes(error, signal) && !retain) await remove(kind, name, kubeconfig)
    throw error
  }
}

/**
 * Whether nodes of a creation that failed with `error` are still there: a failing kind tidies up by itself; an ended
 * one, and one that was content, do not. Pure.
 */
export function leavesNodes(error: unknown, signal: Pick<AbortSignal, 'aborted'> | undefined): boolean {
  return signal?.aborted === true || (error instanceof KindError && error.code === 'ERR_NOT_READY')
}

/** kind looks too, but an abort meanwhile must not remove somebody's cluster. */
async function assertNameIsFree(kind: Kind, name: string, signal: AbortSignal | undefined): Promise<void> {
  const nodes = await getNodes(kind, { name, ...(signal ? { signal } : {}) })
  if (nodes.length === 0) return
  const { code, sentence } = explainFailure('node(s) already exist for a cluster with the name')
  throw new KindError(code, `${sentence} ("${name}" has ${nodes.join(', ')})`)
}

/** What goes wrong here must not hide why it was needed. */
async function remove(kind: Kind, name: string, kubeconfig: string): Promise<void> {
  const signal = AbortSignal.timeout(removalWithinMs)
  await deleteCluster(kind, { name, kubeconfig, signal }).catch(() => undefined)
}
