import { ClusterError } from '../errors.ts'
import { docker, type Engine } from './engine.ts'

/** What the machine of the engine is like; it need not be this one. */
export interface Host {
  readonly cgroupVersion: 1 | 2
  /** Whether a privileged container may raise limits and lower OOM scores. */
  readonly hasSysResource: boolean
  /** How many inotify instances a user may have; undefined where that is not known. */
  readonly inotifyInstances: number | undefined
  /** The kernel's settings that a node changes for the whole machine. */
  readonly kernelSettings: Readonly<Record<string, string>>
}

/** CAP_SYS_RESOURCE (linux/capability.h). */
const sysResource = 24n
const settings = [
  // Those that kubelet's setupKernelTunables sets.
  'vm.overcommit_memory',
  'vm.panic_on_oom',
  'kernel.panic',
  'kernel.panic_on_oops',
  // Those that the node's systemd raises when it starts (bump_file_max_and_nr_open).
  'fs.file-max',
  'fs.nr_open',
  // Those that Debian's procps has set at boot, here at the node's.
  'fs.protected_fifos',
  'fs.protected_hardlinks',
  'fs.protected_regular',
  'fs.protected_symlinks',
  'kernel.pid_max',
]
const inotifySetting = 'fs.inotify.max_user_instances'
const paths = [...settings, inotifySetting].map((name) => `/proc/sys/${name.replaceAll('.', '/')}`)

/** As kind's page on known issues has it; with fewer, a node's systemd, containerd or kubelet may find none left. */
const recommendedInotifyInstances = 512

/**
 * Looks at the engine's machine from a privileged container, as a node would be one. Takes half a second.
 *
 * @throws ClusterError `ERR_ENGINE`
 */
export async function examineHost(engine: Engine, image: string): Promise<Host> {
  const cgroupVersion = await docker(engine, 'info', '--format', '{{.CgroupVersion}}')
  const script = `grep CapBnd /proc/self/status && grep -sH . ${paths.join(' ')} || true`
  const container = ['run', '--rm', '--privileged', '--network=none', '--entrypoint=sh', image, '-c', script]
  return parseHost(cgroupVersion, await docker(engine, ...container))
}

/** Reads what `examineHost` is told: the version of the engine's cgroups, and facts of its machine. Pure. */
export function parseHost(cgroupVersion: string, output: string): Host {
  const bounding = /^CapBnd:\s*([0-9a-f]+)$/m.exec(output)?.[1] ?? '0'
  const lines = [...output.matchAll(/^\/proc\/sys\/(\S+?):(.*)$/gm)]
  const found = lines.map(([, path = '', value = '']) => [path.replaceAll('/', '.'), value] as const)
  const { [inotifySetting]: inotify, ...kernelSettings } = Object.fromEntries(found)
  return {
    cgroupVersion: cgroupVersion.trim() === '2' ? 2 : 1,
    hasSysResource: ((BigInt(`0x${bounding}`) >> sysResource) & 1n) === 1n,
    inotifyInstances: inotify === undefined ? undefined : Number(inotify),
    kernelSettings,
  }
}

/** @throws ClusterError `ERR_ENGINE` for an engine that is too old for kind */
export function assertVersion(version: string): void {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  // kind needs private cgroup namespaces (`docker run --cgroupns`).
  if (major > 20 || (major === 20 && minor >= 10)) return
  throw new ClusterError(
    'ERR_ENGINE',
    `the Docker engine (${version}) is too old for kind: install 20.10 or later`,
  )
}

/** A fact of the machine that may be why nodes fail in ways that do not name it. */
export interface Obstacle {
  readonly problem: string
  readonly remedy: string
}

/** Whether a user may have too few inotify instances. Pure. */
export function inotifyObstacle(limit: number | undefined): Obstacle | undefined {
  if (limit === undefined || limit >= recommendedInotifyInstances) return undefined
  return {
    problem: `all nodes and programs of a user share ${limit} inotify instances; a node takes some forty, and ends when there are none left`,
    remedy: `sudo sysctl ${inotifySetting}=${recommendedInotifyInstances}`,
  }
}

/**
 * Sets the kernel's settings: from a `node` that runs, or, for several times as much work, from a privileged
 * container of its `image`.
 *
 * @throws ClusterError `ERR_ENGINE`
 */
export async function restoreKernelSettings(
  engine: Engine,
  by: { readonly node: string } | { readonly image: string },
  kernelSettings: Host['kernelSettings'],
): Promise<void> {
  const words = Object.entries(kernelSettings).map(([name, value]) => `${name}=${value}`)
  if (words.length === 0) return
  const sysctl =
    'node' in by
      ? ['exec', by.node, 'sysctl']
      : ['run', '--rm', '--privileged', '--network=none', '--entrypoint=sysctl', by.image]
  await docker(engine, ...sysctl, '--quiet', '--write', ...words)
}
