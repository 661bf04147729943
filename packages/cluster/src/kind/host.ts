import { ClusterError } from '../errors.ts'
import { docker, type Engine } from './engine.ts'

/** What the machine of the engine is like; it need not be this one. */
export interface Host {
  readonly cgroupVersion: 1 | 2
  /** Whether a privileged container may raise limits and lower OOM scores. */
  readonly hasSysResource: boolean
  /** The kernel's settings that a kubelet changes for the whole machine. */
  readonly kernelSettings: Readonly<Record<string, string>>
}

/** CAP_SYS_RESOURCE (linux/capability.h). */
const sysResource = 24n
/** kubelet's setupKernelTunables sets them unless they are as it wants. */
const settings = ['vm.overcommit_memory', 'vm.panic_on_oom', 'kernel.panic', 'kernel.panic_on_oops']
const paths = settings.map((name) => `/proc/sys/${name.replaceAll('.', '/')}`)

/**
 * Looks at the engine's machine from a privileged container, as a node would be one. Takes half a second.
 *
 * @throws ClusterError `ERR_ENGINE`
 */
export async function examineHost(engine: Engine, image: string): Promise<Host> {
  const info = await docker(engine, 'info', '--format', '{{.ServerVersion}} {{.CgroupVersion}}')
  const script = `grep CapBnd /proc/self/status && grep -H . ${paths.join(' ')}`
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

/** Sets the kernel's settings from within a running node. @throws ClusterError `ERR_ENGINE` */
export async function restoreKernelSettings(
  engine: Engine,
  node: string,
  kernelSettings: Host['kernelSettings'],
): Promise<void> {
  const words = Object.entries(kernelSettings).map(([name, value]) => `${name}=${value}`)
  if (words.length > 0)
    await docker(engine, 'exec', '--privileged', node, 'sysctl', '--quiet', '--write', ...words)
}
