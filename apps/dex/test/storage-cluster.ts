import { basename, join } from 'node:path'
import { apply, kubectlOutput, startTestCluster } from '@gatehouse/cluster/test-cluster'
import { type KubeconfigUser, readKubeconfig, writeKubeconfig } from '@gatehouse/kubeconfig'

const RBAC = 'rbac.authorization.k8s.io'

/** A namespace with what the storage needs in it. */
function objectsOf(namespace: string): object[] {
  const metadata = { name: 'dex', namespace }
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    {
      apiVersion: `${RBAC}/v1`,
      kind: 'Role',
      metadata,
      rules: [
        { apiGroups: [''], resources: ['secrets'], verbs: ['get', 'list', 'create', 'update', 'delete'] },
      ],
    },
    {
      apiVersion: `${RBAC}/v1`,
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup: RBAC, kind: 'Role', name: 'dex' },
      subjects: [
        { apiGroup: RBAC, kind: 'User', name: 'dex' },
        { kind: 'ServiceAccount', name: 'dex' },
      ],
    },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
  ]
}

interface NamespaceSettings {
  readonly inCluster: false
  readonly kubeConfigFile: string
}

/** A real API server with a namespace for each storage. */
export async function startStorageCluster() {
  const running = await startTestCluster()
  const { cluster, home } = running
  const dexKubeconfig = await cluster.kubeconfigFor({ user: 'dex', groups: [] })
  const kubectl = (...args: string[]) => kubectlOutput(running, args)
  const fileOf = (namespace: string) => join(home, `${namespace}.yaml`)
  const write = async (namespace: string, like: string, user?: KubeconfigUser) => {
    const document = await readKubeconfig(like)
    for (const { context } of document.contexts) context.namespace = namespace
    if (user) for (const entry of document.users) entry.user = user
    await writeKubeconfig(fileOf(namespace), document)
    return { inCluster: false, kubeConfigFile: fileOf(namespace) } as const
  }
  let namespaces = 0
  const namespaceOf = ({ kubeConfigFile }: NamespaceSettings) => basename(kubeConfigFile, '.yaml')
  return {
    /** The settings of a storage in a new namespace, as the administrator or with the rights that it needs. */
    async newNamespace({ administrator = true } = {}): Promise<NamespaceSettings> {
      const namespace = `n${(namespaces += 1)}`
      await apply(running, objectsOf(namespace))
      return write(namespace, administrator ? cluster.adminKubeconfig : dexKubeconfig)
    },
    /** The same as the ServiceAccount of that namespace, by a token of its own. */
    async asServiceAccount(settings: NamespaceSettings): Promise<NamespaceSettings> {
      const namespace = namespaceOf(settings)
      const token = await kubectl('create', 'token', 'dex', '-n', namespace)
      return write(namespace, settings.kubeConfigFile, { token })
    },
    deleteServiceAccount: (settings: NamespaceSettings) =>
      kubectl('delete', 'serviceaccount', 'dex', '-n', namespaceOf(settings)),
    secretMetadata: (settings: NamespaceSettings) =>
      kubectl('get', 'secrets', '-n', namespaceOf(settings), '-o', 'jsonpath={.items[*].metadata}'),
    createSecret: (settings: NamespaceSettings, name: string) =>
      kubectl('create', 'secret', 'generic', name, '-n', namespaceOf(settings)),
    takeRights: (settings: NamespaceSettings) =>
      kubectl('delete', 'rolebinding', 'dex', '-n', namespaceOf(settings)),
    [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
  }
}
