import { freePort } from '@gatehouse/cluster/free-port'
import { claimPort } from '@gatehouse/cluster/port-claims'
import { z } from 'zod'
import { writePrivateFile } from '@gatehouse/private-files'
import { readJson, type StateDirectory } from './state-directory.ts'

/** The stack's listeners, all on loopback, with the ports they have when nobody else holds them. */
export const DEFAULT_PORTS = {
  gatewayHttps: 8443,
  gatewayHttp: 8080,
  gatewayOperations: 8081,
  apiserver: 6443,
  dex: 5556,
  dexOperations: 5558,
  dexTestPowers: 5557,
  apiserverProxy: 9443,
  apiserverProxyOperations: 2112,
  kubeconfigGenerator: 8000,
  kubeconfigGeneratorOperations: 9000,
  permissionControllerOperations: 9001,
  console: 5173,
  consoleOperations: 9002,
} as const

export type PortName = keyof typeof DEFAULT_PORTS
export type Ports = Readonly<Record<PortName, number>>
/** Some ports; the rest is chosen. */
export type SomePorts = { readonly [Name in PortName]?: number | undefined }

const portsFileSchema = z.partialRecord(
  z.enum(Object.keys(DEFAULT_PORTS) as PortName[]),
  z.int().min(1).max(65_535),
)

/**
 * The order in which ports are tried for each listener, most wanted first: what the configuration names,
 * what the stack had last time (the issuer's URL holds one, so tokens stay good), the default. Pure.
 */
export function portPreferences(
  configured: SomePorts,
  remembered: SomePorts,
): Record<PortName, readonly number[]> {
  const names = Object.keys(DEFAULT_PORTS) as PortName[]
  const preferences = names.map((name) => {
    const wanted = [configured[name], remembered[name], DEFAULT_PORTS[name]].filter(
      (port) => port !== undefined,
    )
    return [name, [...new Set(wanted)]] as const
  })
  return Object.fromEntries(preferences) as Record<PortName, readonly number[]>
}

/** The ports of the last start, or of the running stack; none where they were never chosen. */
export async function rememberedPorts(state: StateDirectory): Promise<SomePorts> {
  const remembered = portsFileSchema.safeParse(await readJson(state.portsFile))
  return remembered.success ? remembered.data : {}
}

/** Chooses a free port for every listener, claims it and remembers the choice in the state directory. */
export async function choosePorts(state: StateDirectory, configured: SomePorts): Promise<Ports> {
  const preferences = portPreferences(configured, await rememberedPorts(state))
  const chosen: [PortName, number][] = []
  for (const name of Object.keys(DEFAULT_PORTS) as PortName[]) {
    const taken = new Set(chosen.map(([, port]) => port))
    chosen.push([name, await choosePort(preferences[name], taken, state)])
  }
  const ports = Object.fromEntries(chosen) as Record<PortName, number>
  await writePrivateFile(state.portsFile, `${JSON.stringify(ports, undefined, 2)}\n`)
  return ports
}

/** The first of `wanted` that is free and no other stack's, else any such port. */
async function choosePort(
  wanted: readonly number[],
  taken: ReadonlySet<number>,
  { root }: StateDirectory,
): Promise<number> {
  const refused = new Set(taken)
  for (;;) {
    const left = wanted.filter((port) => !refused.has(port))
    const port = await freePort(refused, left)
    if (await claimPort(port, root)) return port
    refused.add(port)
  }
}
