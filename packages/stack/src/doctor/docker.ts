import { readFile, statfs } from 'node:fs/promises'
import { ClusterError, inotifyObstacle, type KindInspection } from '@gatehouse/cluster'
import { ConfigurationError } from '@gatehouse/server/errors'
import { configurationSchema } from '../configuration.ts'
import { kindProviderOf } from '../own-cluster.ts'
import { type Check, command, type DoctorContext, type Named, providerOf, runningStatus } from './context.ts'
import { freeSpaceOf, judgeFreeSpace } from './disk.ts'
import { error, type Judgement, ok, skipped, warning } from './finding.ts'

/** What came of looking at Docker: what a kind cluster would find, or why there could be none. */
export type DockerAnswer = KindInspection | ClusterError

export const dockerCheck: Check = {
  name: 'docker',
  run: async (context) => {
    const answer = await inspect(context)
    if (providerOf(context) !== 'kind') return [judgeUnneededDocker(answer)]
    const isRunning = runningStatus(context) !== undefined
    return [
      ...judgeDocker(answer, { isRunning, name: context.name }),
      ...(await judgeDataDirectory(answer)),
      ...judgeInotify(await inotifyLimit()),
    ]
  },
}

/** The embedded cluster does without. Pure. */
export function judgeUnneededDocker(answer: DockerAnswer): Judgement {
  if (!(answer instanceof ClusterError)) return ok(`Docker engine ${answer.version}`)
  return skipped(
    `${firstLine(answer)}; the embedded cluster does not need it`,
    'Docker is for clusters in containers (--cluster kind) and for container images',
  )
}

/** Nothing goes without Docker on kind. Pure. */
export function judgeDocker(
  answer: DockerAnswer,
  { isRunning, name }: Named & { readonly isRunning: boolean },
): Judgement[] {
  if (answer instanceof ClusterError) {
    return [error(firstLine(answer), 'The message says how; --cluster embedded does without Docker')]
  }
  const { version, image, node } = answer
  const judgements = [ok(`Docker engine ${version}`)]
  if (image.isHere) judgements.push(ok(`node image ${image.name}`))
  else {
    judgements.push(
      warning(
        `the node image ${image.name} is not here; the first start pulls it`,
        'Without a registry make one: node scripts/node-image/main.ts, or name another one (cluster.kind.image)',
      ),
    )
  }
  if (isRunning && node === undefined) {
    judgements.push(
      error(
        "the stack runs, but its cluster's node is gone",
        `Start again: "${command({ name }, 'down')}", then "${command({ name }, 'up')}"`,
      ),
    )
  } else if (!isRunning && node !== undefined) {
    judgements.push(
      warning(
        `the node ${node} is there, although the stack does not run`,
        `The next start replaces it; docker rm --force --volumes ${node} removes it`,
      ),
    )
  }
  return judgements
}

/** A node that finds no inotify instance ends without naming the reason. Pure. */
export function judgeInotify(limit: number | undefined): Judgement[] {
  const obstacle = inotifyObstacle(limit)
  return obstacle ? [warning(obstacle.problem, obstacle.remedy)] : []
}

/** Undefined where there is no inotify: other systems than Linux, whose engine has a machine of its own. */
async function inotifyLimit(): Promise<number | undefined> {
  const text = await readFile('/proc/sys/fs/inotify/max_user_instances', 'utf8').catch(() => undefined)
  return text === undefined ? undefined : Number(text)
}

/** An engine elsewhere has its data elsewhere, so a directory that is not here is none of this machine's. */
async function judgeDataDirectory(answer: DockerAnswer): Promise<Judgement[]> {
  if (answer instanceof ClusterError) return []
  const { dataDirectory } = answer
  const isHere = await statfs(dataDirectory).then(
    () => true,
    () => false,
  )
  return isHere ? judgeFreeSpace(await freeSpaceOf("the Docker engine's data", dataDirectory)) : []
}

async function inspect({ name, state, env, signal, configuration }: DoctorContext): Promise<DockerAnswer> {
  const { cluster } =
    configuration instanceof ConfigurationError ? configurationSchema.parse({}) : configuration
  const soon = AbortSignal.any([signal, AbortSignal.timeout(10_000)])
  try {
    return await kindProviderOf(cluster.kind).inspect({ name, directory: state.cluster, env, signal: soon })
  } catch (cause) {
    signal.throwIfAborted()
    if (cause instanceof ClusterError) return cause
    if (soon.aborted) return new ClusterError('ERR_ENGINE', 'the Docker engine gave no answer within 10 s')
    throw cause
  }
}

/** Below it stand the command line and docker's own words. */
function firstLine({ message }: Error): string {
  return message.split('\n', 1)[0] ?? message
}
