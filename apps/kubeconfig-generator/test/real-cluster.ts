import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { issuerSettingsSchema, toAuthenticationConfiguration } from '@gatehouse/authentication'
import type { TestIssuer } from '@gatehouse/authentication/test-issuer'
import { type Cluster, embeddedProvider } from '@gatehouse/cluster'
import { apply, type KubectlResult, kubectlOutput, startTestCluster } from '@gatehouse/cluster/test-cluster'
import { rights } from '../src/downloads/rights.ts'
import { startRelay, type Relay } from './relay.ts'

/** The user that the generator is at the clusters. */
const GENERATOR_USER = 'gatehouse:kubeconfig-generator'

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
  const tunnelName = `${name}.clusters.test`
  const running = stack.use(
    await startTestCluster(embeddedProvider({ exec: 'off' }), {
      name,
      directory,
      apiserver: { extraNames: [tunnelName] },
      authentication: toAuthenticationConfiguration([issuerSettingsSchema.parse(issuer.settings)], {
        certificateAuthorityPem: issuer.caPem,
      }),
    }),
  )
  const { cluster, supervisor } = running
  const relay = stack.use(await startRelay(running.port))
  const people = [binding('cluster-admin', 'runtimeAdmin'), binding('view', 'runtimeOperator')]
  await apply(running, [...rights(GENERATOR_USER), ...people])
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
    administrate: (args, input = '') => kubectlOutput(running, args, { input }),
    async kubectl(kubeconfig, args) {
      const file = join(directory, `handed-out-${handedOut++}.yml`)
      await writeFile(file, kubeconfig, { mode: 0o600 })
      return running.kubectl(args, { kubeconfig: file })
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
