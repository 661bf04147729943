import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { apply, kubectlOutput, startTestCluster } from '@gatehouse/cluster/test-cluster'
import { currentCluster, readKubeconfig } from '@gatehouse/kubeconfig'
import { stringify } from 'yaml'
import { output } from './all-objects.ts'
import { openTerminal, type Terminal } from './gatehouse.ts'

/** Who may do everything there, and who may do nothing. */
export const THEIR_ADMIN = 'admin@theirs.example'
export const THEIR_NOBODY = 'nobody@theirs.example'

/** A cluster that somebody else runs, with work of theirs in the namespaces demo and workshop. */
export interface TheirCluster extends AsyncDisposable {
  readonly server: string
  readonly certificateAuthorityFile: string
  readonly admin: Terminal
  /** Writes a person's kubeconfig of there, with the one context `theirs`. */
  readonly writeKubeconfig: (person: string, file: string) => Promise<void>
}

/** Starts one of our own that stands for it: it knows its people by certificates, and no issuer. */
export async function startTheirCluster(): Promise<TheirCluster> {
  await using started = new AsyncDisposableStack()
  const running = started.use(await startTestCluster())
  const { cluster, home } = running
  const certificateAuthorityFile = join(home, 'their-ca.pem')
  await writeFile(certificateAuthorityFile, cluster.certificateAuthority)
  await apply(running, work)
  const binding = ['their-admins', '--clusterrole=cluster-admin', `--user=${THEIR_ADMIN}`]
  await kubectlOutput(running, ['create', 'clusterrolebinding', ...binding])

  const writeKubeconfig = async (person: string, file: string) => {
    const issued = await cluster.kubeconfigFor({ user: person, groups: [] })
    const { clientCertificatePem, clientKeyPem } = await currentCluster(await readKubeconfig(issued))
    const base64 = (pem: string | undefined) => Buffer.from(pem!).toString('base64')
    const document = {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'theirs',
      clusters: [
        {
          name: 'theirs',
          cluster: { server: cluster.server, 'certificate-authority': certificateAuthorityFile },
        },
      ],
      users: [
        {
          name: person,
          user: {
            'client-certificate-data': base64(clientCertificatePem),
            'client-key-data': base64(clientKeyPem),
          },
        },
      ],
      contexts: [{ name: 'theirs', context: { cluster: 'theirs', user: person, namespace: 'demo' } }],
    }
    await writeFile(file, stringify(document), { mode: 0o600 })
  }
  const adminFile = join(home, 'admin.yml')
  await writeKubeconfig(THEIR_ADMIN, adminFile)
  const admin = openTerminal(home, cluster.kubectl, adminFile)
  await output(admin, 'rollout', 'status', 'deployment/hello', '--timeout=60s')
  const owned = started.move()
  return {
    server: cluster.server,
    certificateAuthorityFile,
    admin,
    writeKubeconfig,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

const labels = { app: 'hello' }
const work = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'demo' } },
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'workshop' } },
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'hello', namespace: 'demo' },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: 'main', image: 'nginx:1.29' }] },
      },
    },
  },
]
