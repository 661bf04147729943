import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startTestCluster } from '@gatehouse/cluster/test-cluster'
import { execa } from 'execa'

/** What the storage needs in its namespace. */
const ROLE = `
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: dex }
rules:
  - apiGroups: ['']
    resources: [secrets]
    verbs: [get, list, create, update, delete]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: dex }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: dex }
subjects:
  - { apiGroup: rbac.authorization.k8s.io, kind: User, name: dex }
  - { kind: ServiceAccount, name: dex }
---
apiVersion: v1
kind: ServiceAccount
metadata: { name: dex }
`

interface NamespaceSettings {
  readonly inCluster: false
  readonly kubeConfigFile: string
}

/** A real API server with a namespace for each storage. */
export async function startStorageCluster() {
  const running = await startTestCluster()
  const { cluster, directory } = running
  const dexKubeconfig = await cluster.kubeconfigFor({ user: 'dex', groups: [] })
  const kubectl = async (args: readonly string[], input = '') => {
    const { stdout } = await execa(cluster.kubectl, ['--kubeconfig', cluster.adminKubeconfig, ...args], {
      input,
    })
    return stdout
  }
  let namespaces = 0
  const namespaceOf = ({ kubeConfigFile }: NamespaceSettings) => /n\d+/.exec(kubeConfigFile)?.[0] ?? ''
  return {
    /** The settings of a storage in a new namespace, as the administrator or with the rights that it needs. */
    async newNamespace({ administrator = true } = {}): Promise<NamespaceSettings> {
      const namespace = `n${(namespaces += 1)}`
      await kubectl(['create', 'namespace', namespace])
      await kubectl(['apply', '-n', namespace, '-f', '-'], ROLE)
      const kubeConfigFile = join(directory, `${namespace}.yaml`)
      await writeFile(
        kubeConfigFile,
        await readFile(administrator ? cluster.adminKubeconfig : dexKubeconfig),
        {
          mode: 0o600,
        },
      )
      await kubectl([
        '--kubeconfig',
        kubeConfigFile,
        'config',
        'set-context',
        '--current',
        '--namespace',
        namespace,
      ])
      return { inCluster: false, kubeConfigFile }
    },
    /** The same as the ServiceAccount of that namespace, by a token of its own. */
    async asServiceAccount(settings: NamespaceSettings): Promise<NamespaceSettings> {
      const token = (await kubectl(['create', 'token', 'dex', '-n', namespaceOf(settings)])).trim()
      const config = ['--kubeconfig', settings.kubeConfigFile, 'config']
      await kubectl([...config, 'set-credentials', 'dex', `--token=${token}`])
      await kubectl([...config, 'set-context', '--current', '--user', 'dex'])
      return settings
    },
    deleteServiceAccount: (settings: NamespaceSettings) =>
      kubectl(['delete', 'serviceaccount', 'dex', '-n', namespaceOf(settings)]),
    secretMetadata: (settings: NamespaceSettings) =>
      kubectl(['get', 'secrets', '-n', namespaceOf(settings), '-o', 'jsonpath={.items[*].metadata}']),
    createSecret: (settings: NamespaceSettings, name: string) =>
      kubectl(['create', 'secret', 'generic', name, '-n', namespaceOf(settings)]),
    takeRights: (settings: NamespaceSettings) =>
      kubectl(['delete', 'rolebinding', 'dex', '-n', namespaceOf(settings)]),
    [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
  }
}
