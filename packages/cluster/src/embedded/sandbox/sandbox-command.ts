import { rootScript } from './root-script.ts'
import type { SandboxTools } from './tools.ts'

export interface SandboxRoot {
  /** The empty directory over which the root is mounted, inside the mount namespace alone. */
  readonly directory: string
  /** A directory whose files are copied to /kwok, or ''. */
  readonly files: string
  /** kwok's executable, or ''. */
  readonly kwok: string
  readonly hostName: string
}

/** Who the commands of `kubectl exec` run as: `nobody` and `nogroup`. */
export const EXEC_USER = 65_534

/**
 * The command line that runs `command` in a network namespace of its own, where loopback is the whole
 * network and starts out down. Without root, a user namespace gives the rights; `--map-auto` maps the ranges
 * of /etc/subuid, since exec'd commands need another user than kwok.
 */
export function inNetworkNamespace(tools: SandboxTools, root: boolean, command: readonly string[]): string[] {
  const user = root ? [] : ['--user', '--map-root-user', '--map-auto']
  return [tools.unshare, ...user, '--net', '--', ...command]
}

/**
 * The command line that runs `command` as process 1 of new mount, process, IPC and host name namespaces over
 * the sandbox's root. `--kill-child` ends the whole process namespace when unshare ends, and setpriv ends
 * unshare when its parent does, so no part outlives the supervisor, however that ends.
 */
export function inSandbox(tools: SandboxTools, root: SandboxRoot, command: readonly string[]): string[] {
  return [
    tools.setpriv,
    '--pdeathsig',
    'KILL',
    '--',
    tools.unshare,
    '--mount',
    '--pid',
    '--ipc',
    '--uts',
    '--fork',
    '--kill-child=KILL',
    '--',
    tools.sh,
    '-c',
    rootScript,
    'sandbox',
    root.directory,
    root.files,
    root.kwok,
    root.hostName,
    ...command,
  ]
}
