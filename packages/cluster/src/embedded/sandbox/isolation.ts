import { execFile } from 'node:child_process'
import { EXEC_USER, inNetworkNamespace, inSandbox } from './sandbox-command.ts'
import { findSandboxTools, type SandboxTools } from './tools.ts'

/** Whether commands can be kept apart from this machine, and if not, why. */
export type Isolation =
  | { readonly available: true; readonly tools: SandboxTools; readonly root: boolean }
  | { readonly available: false; readonly reason: string }

export interface IsolationRequest {
  /** False: no one asked for it. */
  readonly wanted: boolean
  readonly platform: NodeJS.Platform
  readonly uid: number
  /** $PATH of the caller. */
  readonly path: string
  /** An empty directory to try the sandbox's root on. */
  readonly directory: string
  readonly signal: AbortSignal
}

/**
 * Finds out by doing: a command is run in the very sandbox that is used later, as the user that exec'd
 * commands run as. Anything that fails (no util-linux, namespaces that a container or the kernel forbids, no
 * second user id) means that exec stays off.
 */
export async function findIsolation(request: IsolationRequest): Promise<Isolation> {
  const { wanted, platform, uid, path, directory, signal } = request
  if (!wanted) return refuse('exec is switched off')
  if (platform !== 'linux') {
    return refuse(`commands can be isolated on Linux only, and this is ${platform}`)
  }
  const tools = await findSandboxTools(path)
  if ('missing' in tools) return refuse(`isolating commands needs ${tools.missing}, which is not installed`)
  const root = uid === 0
  const inside = inSandbox(tools, { directory, files: '', kwok: '', hostName: 'probe' }, [
    'setpriv',
    `--reuid=${EXEC_USER}`,
    `--regid=${EXEC_USER}`,
    '--clear-groups',
    'true',
  ])
  const problem = await run(
    inNetworkNamespace(tools, root, [tools.sh, '-c', `${tools.loopbackUp} && exec "$@"`, 'probe', ...inside]),
    signal,
  )
  signal.throwIfAborted()
  if (problem === undefined) return { available: true, tools, root }
  const hint = root
    ? ''
    : ' (as another user than root it takes unprivileged user namespaces, newuidmap and a range in /etc/subuid)'
  return refuse(`this machine does not let commands be isolated: ${problem}${hint}`)
}

function refuse(reason: string): Isolation {
  return { available: false, reason }
}

/** Undefined when the command succeeds, otherwise what it said. */
function run([command, ...args]: readonly string[], signal: AbortSignal): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(command!, args, { env: {}, signal, timeout: 10_000 }, (error, _stdout, stderr) => {
      resolve(error ? stderr.trim().split('\n').at(0) || error.message : undefined)
    })
  })
}
