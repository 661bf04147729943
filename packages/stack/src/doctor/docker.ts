import { execa } from 'execa'
import type { Check, DoctorContext } from './context.ts'
import { type Judgement, ok, skipped } from './finding.ts'

/** What `docker version` came to. */
export type DockerAnswer =
  | { readonly state: 'reachable'; readonly version: string }
  | { readonly state: 'not installed' }
  | { readonly state: 'unreachable'; readonly reason: string }

export const dockerCheck: Check = {
  name: 'docker',
  run: async (context) => [judgeDocker(await askDocker(context))],
}

/** Nothing needs Docker unless one asks for it. Pure. */
export function judgeDocker(answer: DockerAnswer): Judgement {
  const unneeded = 'the embedded cluster does not need it'
  if (answer.state === 'reachable') return ok(`Docker engine ${answer.version}`)
  if (answer.state === 'not installed') {
    return skipped(
      `Docker is not installed; ${unneeded}`,
      'Install Docker for clusters in containers (kind) and for container images',
    )
  }
  return skipped(
    `no Docker engine answers (${answer.reason}); ${unneeded}`,
    'Start the engine, or point DOCKER_HOST at one, for clusters in containers (kind) and container images',
  )
}

async function askDocker({ env, signal }: DoctorContext): Promise<DockerAnswer> {
  const result = await execa('docker', ['version', '--format', '{{.Server.Version}}'], {
    env,
    extendEnv: false,
    stdin: 'ignore',
    timeout: 10_000,
    cancelSignal: signal,
    reject: false,
  })
  if (!result.failed) return { state: 'reachable', version: result.stdout.trim() }
  if (result.code === 'ENOENT') return { state: 'not installed' }
  const said = result.stderr.trim().split('\n').at(-1)
  return {
    state: 'unreachable',
    reason: result.timedOut ? 'no answer within 10 s' : said || (result.shortMessage ?? 'docker failed'),
  }
}
