import { versions } from '@gatehouse/binaries'
import { execa } from 'execa'

/** An image in the node that scripts/node-image makes: serves port 80. */
export const toolboxImage = 'gatehouse/toolbox:v1'

/** Why no kind cluster can be tested here; undefined when one can. */
export async function whyNoKind(): Promise<string | undefined> {
  const info = await execa('docker', ['info', '--format', '{{.ServerVersion}}'], { reject: false })
  if (info.failed || info.stdout === '') return 'no Docker engine answers `docker info`'
  const image = `gatehouse/node:${versions.kubernetes}`
  const inspected = await execa('docker', ['image', 'inspect', image], { reject: false })
  return inspected.failed ? `the engine has no image ${image}; scripts/node-image makes it` : undefined
}

/** Of the whole machine, without counters and without what the engine itself sets. */
const settings = ['vm', 'fs', 'kernel'].map((folder) => `^${folder}\\.`).join('|')
const counters = /state|-nr |ns_last_pid|random|syncs|perf_event|sched|pty\.nr|tainted|boot_id/

/** All that a cluster could leave on this machine. */
export async function machineState(): Promise<Record<string, string>> {
  const docker = async (...args: string[]) =>
    (await execa('docker', args)).stdout.split('\n').toSorted().join(' ')
  const [containers, networks, volumes, kernel] = await Promise.all([
    docker('ps', '--all', '--format', '{{.Names}}'),
    docker('network', 'ls', '--format', '{{.Name}}'),
    docker('volume', 'ls', '--quiet'),
    execa('sysctl', ['--all', '--pattern', settings], { reject: false }),
  ])
  return {
    containers,
    networks,
    volumes,
    kernel: kernel.stdout
      .split('\n')
      .filter((line) => !counters.test(line))
      .join('\n'),
  }
}
