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

const settings = ['vm.overcommit_memory', 'vm.panic_on_oom', 'kernel.panic', 'kernel.panic_on_oops']

/** All that a cluster could leave on this machine. */
export async function machineState(): Promise<Record<string, string>> {
  const docker = async (...args: string[]) =>
    (await execa('docker', args)).stdout.split('\n').toSorted().join(' ')
  const [containers, networks, volumes, kernel] = await Promise.all([
    docker('ps', '--all', '--format', '{{.Names}}'),
    docker('network', 'ls', '--format', '{{.Name}}'),
    docker('volume', 'ls', '--quiet'),
    execa('sysctl', ['-e', ...settings], { reject: false }),
  ])
  return { containers, networks, volumes, kernel: kernel.stdout }
}
