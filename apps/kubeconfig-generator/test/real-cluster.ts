import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { issuerSettingsSchema, toAuthenticationConfiguration } from '@gatehouse/authentication'
import type { TestIssuer } from '@gatehouse/authentication/test-issuer'
import { type Cluster, embeddedProvider } from '@gatehouse/cluster'
import { Supervisor } from '@gatehouse/supervisor'
import { execa } from 'execa'
import getPort from 'get-port'
import { rights } from '../src/downloads/rights.ts'
import { startRelay, type Relay } from './relay.ts'

/** The user that the generator is at the clusters. */
const GENERATOR_USER = 'gatehouse:kubeconfig-generator'

export interface KubectlResult {
  readonly code: number | undefined
  readonly stdout: string
  readonly stderr: string
}

/** A cluster of this machine that trusts the issuer and has an identity for the generator. */
export interface RealCluster extends AsyncDisposable {
  readonly cluster: Cluster
  readonly directory: string
  readonly certificateAuthorityFile: string
  readonly generatorKubeconfig: string
  /** Leads to the API server, whose certificate also carries `tunnelName`. */
  readonly relay: Relay
  readonly tunnelName: string
  /** Runs the real kubectl with the text of a kubeconfig, and nothing else to go by. */
  readonly kubectl: (kubeconfig: string, args: readonly string[]) => Promise<KubectlResult>
  /** Runs kubectl as the administrator. */
  readonly administrate: (args: readonly string[], input?: string) => Promise<string>
  /** Every private key of the harness itself in this cluster's directory. */
  readonly ownKeys: () => Promise<string[]>
  /** Lets nothing be signed until it is disposed. */
  readonly holdSigning: () => Disposable
}

export async function startRealCluster(
  name: string,
  directory: string,
  issuer: TestIssuer,
): Promise<RealCluster> {
  await using stack = new AsyncDisposableStack()
  const supervisor = stack.use(new Supervisor())
  const port = await getPort({ host: '127.0.0.1' })
  const tunnelName = `${name}.clusters.test`
  const cluster = await embeddedProvider({ exec: 'off' }).start({
    name,
    directory,
    apiserver: { host: '127.0.0.1', port, extraNames: [tunnelName] },
    authentication: toAuthenticationConfiguration([issuerSettingsSchema.parse(issuer.settings)], {
      certificateAuthorityPem: issuer.caPem,
    }),
    supervisor,
    env: process.env,
    signal: AbortSignal.timeout(600_000),
  })
  stack.use(cluster)
  const relay = stack.use(await startRelay(port))
  const run = (kubeconfig: string, args: readonly string[], input?: string) =>
    execa(cluster.kubectl, ['--kubeconfig', kubeconfig, ...args], {
      env: { HOME: directory },
      extendEnv: false,
      reject: false,
      timeout: 60_000,
      ...(input === undefined ? { stdin: 'ignore' as const } : { input }),
    })
  const administrate = async (args: readonly string[], input?: string) => {
    const { exitCode, stdout, stderr } = await run(cluster.adminKubeconfig, args, input)
    if (exitCode !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`)
    return stdout
  }
  const people = [binding('cluster-admin', 'runtimeAdmin'), binding('view', 'runtimeOperator')]
  const objects = { apiVersion: 'v1', kind: 'List', items: [...rights(GENERATOR_USER), ...people] }
  await administrate(['apply', '-f', '-'], JSON.stringify(objects))
  const certificateAuthorityFile = join(directory, 'test-ca.pem')
  await writeFile(certificateAuthorityFile, cluster.certificateAuthority)
  let handedOut = 0
  const generatorKubeconfig = await cluster.kubeconfigFor({ user: GENERATOR_USER })
  const resources = stack.move()
  return {
    cluster,
    directory,
    certificateAuthorityFile,
    generatorKubeconfig,
    relay,
    tunnelName,
    administrate,
    async kubectl(kubeconfig, args) {
      const file = join(directory, `handed-out-${handedOut++}.yml`)
      await writeFile(file, kubeconfig, { mode: 0o600 })
      const { exitCode, stdout, stderr } = await run(file, args)
      return { code: exitCode, stdout, stderr }
    },
    async ownKeys() {
      const files = await Promise.all(
        ['pki', 'identities'].map(async (folder) => {
          const entries = await readdir(join(directory, folder), { recursive: true })
          return entries.map((entry) => join(directory, folder, entry))
        }),
      )
      const keys = files.flat().filter((file) => file.endsWith('.key'))
      return Promise.all(keys.map((file) => readFile(file, 'utf8')))
    },
    holdSigning() {
      const { pid } = supervisor.states().find((state) => state.name === 'kube-controller-manager')!
      process.kill(pid!, 'SIGSTOP')
      return { [Symbol.dispose]: () => void process.kill(pid!, 'SIGCONT') }
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  }
}

function binding(role: string, group: string): object {
  const apiGroup = 'rbac.authorization.k8s.io'
  return {
    apiVersion: `${apiGroup}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name: `test-${group}` },
    roleRef: { apiGroup, kind: 'ClusterRole', name: role },
    subjects: [{ apiGroup, kind: 'Group', name: group }],
  }
}
