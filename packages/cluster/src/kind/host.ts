import { ClusterError } from '../errors.ts'
import { docker, type Engine } from './engine.ts'

/** What the machine of the engine is like; it need not be this one. */
export interface Host {
  readonly cgroupVersion: 1 | 2
  /** Whether a privileged container may raise limits and lower OOM scores. */
  readonly hasSysResource: boolean
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
const paths = settings.map((name) => `/proc/sys/${name.replaceAll('.', '/')}`)

/**
 * Looks at the engine's machine from a privileged container, as a node would be one. Takes half a second.
 *
 * @throws ClusterError `ERR_ENGINE`
 */
export async function examineHost(engine: Engine, image: string): Promise<Host> {
  const info = await docker(engine, 'info', '--format', '{{.ServerVersion}} {{.CgroupVersion}}')
  const script = `grep CapBnd /proc/self/status && grep -sH . ${paths.join(' ')} || true`
  const container = ['run', '--rm', '--privileged', '--network=none', '--entrypoint=sh', image, '-c', script]
  return parseHost(info, await docker(engine, ...container))
}

/**
 * Reads what `examineHost` is told: the engine's version and that of its cgroups, and facts of its machine. Pure.
 *
 * @throws ClusterError `ERR_ENGINE` for an engine that is too old for kind
 */
export function parseHost(info: string, output: string): Host {
  const [version = '', cgroupVersion] = info.trim().split(' ')
  const [major = 0, minor = 0] = version.split('.').map(Number)
  // kind needs private cgroup namespaces (`docker run --cgroupns`).
  if (major < 20 || (major === 20 && minor < 10)) {
    throw new ClusterError(
      'ERR_ENGINE',
      `the Docker engine (${version}) is too old for kind: install 20.10 or later`,
    )
  }
  const bounding = /^CapBnd:\s*([0-9a-f]+)$/m.exec(output)?.[1] ?? '0'
  const found = [...output.matchAll(/^\/proc\/sys\/(\S+?):(.*)$/gm)]
  return {
    cgroupVersion: cgroupVersion === '2' ? 2 : 1,
    hasSysResource: ((BigInt(`0x${bounding}`) >> sysResource) & 1n) === 1n,
    kernelSettings: Object.fromEntries(
      found.map(([, path = '', value = '']) => [path.replaceAll('/', '.'), value]),
    ),
  }
}

/** Sets the kernel's settings, from a privileged container. @throws ClusterError `ERR_ENGINE` */
export async function restoreKernelSettings(
  engine: Engine,
  image: string,
  kernelSettings: Host['kernelSettings'],
): Promise<void> {
  const words = Object.entries(kernelSettings).map(([name, value]) => `${name}=${value}`)
  if (words.length === 0) return
  const container = ['run', '--rm', '--privileged', '--network=none', '--entrypoint=sysctl', image]
  await docker(engine, ...container, '--quiet', '--write', ...words)
}
