import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { moduleSource } from '@gatehouse/binaries/go'
import { buildGoPrograms } from '@gatehouse/e2e-clients/go-programs'
import { execa } from 'execa'
import { vi } from 'vitest'
import { parseAllDocuments } from 'yaml'
import type { KubernetesObject } from './helm.ts'
import { apply, type Kubectl, refreshVolumes, remove } from './kubectl.ts'

const DIRECTORY = join(import.meta.dirname, 'metallb')
const MODULE = 'go.universe.tf/metallb'
const NAMESPACE = 'metallb-system'

/** Its image; nobody has one of that name. */
export const METALLB_IMAGE = 'gatehouse/metallb:e2e-in-cluster'

/** Builds the image of MetalLB, the load balancer of clusters without a cloud, from its Go module. */
export async function buildMetalLbImage(): Promise<void> {
  const context = await buildGoPrograms({
    name: 'metallb',
    directory: DIRECTORY,
    goPackages: [`${MODULE}/controller`, `${MODULE}/speaker`],
  })
  const dockerfile = join(DIRECTORY, 'Dockerfile')
  await execa('docker', ['build', '--file', dockerfile, '--tag', METALLB_IMAGE, context])
}

export interface LoadBalancer {
  /** The one that it gives out. */
  readonly address: string
  /** Takes it out of the cluster, so that there is nothing in it that other clusters do not have. */
  readonly remove: () => Promise<void>
}

/**
 * Starts MetalLB in the cluster that kind calls `kindName`, by its own manifests. It has one address to give out,
 * in the cluster's own network, and answers for it there (ARP).
 */
export async function startMetalLb(kubectl: Kubectl, kindName: string): Promise<LoadBalancer> {
  const address = lastHostOf(await subnetOf(kindName))
  const objects = await manifests()
  await apply(kubectl, objects)
  // A webhook of the controller looks at them, once the certificate that it has made is in its own volume.
  const pods = ['--namespace', NAMESPACE, '--selector', 'component=controller']
  const configure = async () => {
    await refreshVolumes(kubectl, ...pods)
    await apply(kubectl, poolOf(address))
  }
  await vi.waitFor(configure, { timeout: 180_000, interval: 1000 })
  return {
    address,
    async remove() {
      const isDefinition = ({ kind }: KubernetesObject) => kind === 'CustomResourceDefinition'
      const others = objects.filter((object) => !isDefinition(object))
      await remove(kubectl, others, '--wait=false')
      await remove(kubectl, objects.filter(isDefinition))
    },
  }
}

/**
 * The last address that a host in an IPv4 network can have. An engine gives out the first ones, so this one is
 * nobody's in a network of a few containers. Pure.
 */
export function lastHostOf(cidr: string): string {
  const [network = '', bits] = cidr.split('/')
  const first = network.split('.').reduce((number, octet) => number * 256 + Number(octet), 0)
  const last = first + 2 ** (32 - Number(bits)) - 2
  return [24, 16, 8, 0].map((shift) => (last >>> shift) & 255).join('.')
}

async function subnetOf(network: string): Promise<string> {
  const format = '{{range .IPAM.Config}}{{.Subnet}} {{end}}'
  const { stdout } = await execa('docker', ['network', 'inspect', '--format', format, network])
  const subnet = stdout.split(' ').find((cidr) => cidr.includes('.'))
  if (subnet === undefined) throw new Error(`the Docker network ${network} has no IPv4 subnet: ${stdout}`)
  return subnet
}

/** Those of the module itself, but for the images: here one has both programs. */
async function manifests(): Promise<KubernetesObject[]> {
  const options = { env: process.env, signal: AbortSignal.timeout(300_000) }
  const file = join(await moduleSource(DIRECTORY, MODULE, options), 'config/manifests/metallb-native.yaml')
  const documents = parseAllDocuments(await readFile(file, 'utf8'))
  const objects = documents.map((document) => document.toJS() as KubernetesObject)
  const containers = objects.flatMap(({ spec }) => spec?.template?.spec.containers ?? [])
  for (const container of containers) {
    container.image = METALLB_IMAGE
    container.command = [`/${container.name}`]
  }
  return objects
}

function poolOf(address: string): object[] {
  const object = (kind: string, spec: object) => ({
    apiVersion: 'metallb.io/v1beta1',
    kind,
    metadata: { name: 'gatehouse', namespace: NAMESPACE },
    spec,
  })
  return [object('IPAddressPool', { addresses: [`${address}/32`] }), object('L2Advertisement', {})]
}
