import { explainFailure } from '@gatehouse/kind'
import { execa } from 'execa'
import { ClusterError } from '../errors.ts'
import type { Environment } from '../provider.ts'

/** The command line of the Docker engine, for what kind does not do. */
export interface Engine {
  readonly env: Environment
  readonly signal: AbortSignal
}

const createWithinMs = 30_000

/**
 * Runs `docker` and returns what it wrote to standard output.
 *
 * @throws ClusterError `ERR_ENGINE`, with the way out, the command line and docker's own words
 */
export async function docker({ env, signal }: Engine, ...args: readonly string[]): Promise<string> {
  const result = await execa('docker', args, {
    env: { ...env },
    extendEnv: false,
    stdin: 'ignore',
    cancelSignal: signal,
    reject: false,
  })
  signal.throwIfAborted()
  if (!result.failed) return result.stdout
  const said = result.code === 'ENOENT' ? 'exec: "docker": executable file not found' : result.stderr.trim()
  const { code, sentence } = explainFailure(said)
  const reason = code === 'ERR_COMMAND' ? 'docker failed' : sentence
  throw new ClusterError('ERR_ENGINE', `${reason}\n$ ${result.escapedCommand}\n${said}`, { cause: result })
}

/** The id of the image; undefined when the engine does not have it. @throws ClusterError `ERR_ENGINE` */
export async function imageId(engine: Engine, image: string): Promise<string | undefined> {
  try {
    return await docker(engine, 'image', 'inspect', '--format={{.Id}}', image)
  } catch (error) {
    if (error instanceof ClusterError && /no such image/i.test(error.message)) return undefined
    throw error
  }
}

/** The name of the cluster's node, if the engine has one, running or not. @throws ClusterError `ERR_ENGINE` */
export async function nodeOf(engine: Engine, clusterName: string): Promise<string | undefined> {
  const node = `${clusterName}-control-plane`
  const found = await docker(engine, 'ps', '--all', '--filter', `name=^${node}$`, '--format', '{{.Names}}')
  return found === node ? node : undefined
}

/**
 * Makes the cluster's own bridge network, unless it is there. kind's usual one is shared by all clusters, and
 * so could not be removed at the end.
 *
 * @returns the IPv4 address by which nodes reach this machine (on Linux; elsewhere that of the engine's VM)
 * @throws ClusterError `ERR_ENGINE`
 */
export async function ensureNetwork(engine: Engine, name: string): Promise<{ gateway: string }> {
  const existing = await docker(engine, 'network', 'ls', '--quiet', '--filter', `name=^${name}$`)
  if (existing === '') {
    const masquerade = 'com.docker.network.bridge.enable_ip_masquerade=true'
    // Whole or not at all: the engine would go on making it after we have stopped listening, and removed it.
    const uninterrupted = { ...engine, signal: AbortSignal.timeout(createWithinMs) }
    await docker(uninterrupted, 'network', 'create', '--driver=bridge', `--opt=${masquerade}`, name)
    engine.signal.throwIfAborted()
  }
  const format = '{{range .IPAM.Config}}{{.Gateway}} {{end}}'
  const gateways = (await docker(engine, 'network', 'inspect', '--format', format, name)).split(' ')
  const gateway = gateways.find((address) => address.includes('.'))
  if (gateway !== undefined) return { gateway: gateway.replace(/\/\d+$/, '') }
  throw new ClusterError(
    'ERR_ENGINE',
    `the Docker network ${name} has no IPv4 gateway: remove it, and start again`,
  )
}

/** Removes the network; one that is not there, or that others use, is left. */
export async function removeNetwork(engine: Engine, name: string): Promise<void> {
  const existing = await docker(engine, 'network', 'ls', '--quiet', '--filter', `name=^${name}$`)
  if (existing !== '') await docker(engine, 'network', 'rm', name)
}
