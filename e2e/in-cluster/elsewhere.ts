import type { KindCluster } from '@gatehouse/cluster'
import { flattenKubeconfig, readKubeconfig, stringifyKubeconfig } from '@gatehouse/kubeconfig'
import { rights } from '@gatehouse/kubeconfig-generator/rights'
import { type KubernetesObject, project } from '@gatehouse/personas'
import { NAMESPACE } from './helm.ts'

const USER = 'elsewhere:kubeconfig-generator'

/** A cluster of the catalogue whose files are in a Secret. It is the same one by another name, without OIDC. */
export const ELSEWHERE = 'elsewhere'

/** Its entry in the values; its credentials end soon. */
export const elsewhereIn = (apiServer: string) => ({
  id: ELSEWHERE,
  name: ELSEWHERE,
  project: project.name,
  server: apiServer,
  certificateAuthorityFile: `${ELSEWHERE}/ca.crt`,
  credentials: { kubeconfig: `${ELSEWHERE}/kubeconfig`, lifetimeSeconds: 10 },
})

/** Its Secret, and what the user in it may do there. */
export async function elsewhereObjects(cluster: KindCluster): Promise<KubernetesObject[]> {
  const { clusters, ...document } = await flattenKubeconfig(
    await readKubeconfig(await cluster.kubeconfigFor({ user: USER })),
  )
  // The generator asks from a pod.
  const server = 'https://kubernetes.default.svc'
  const reachable = clusters.map((entry) => ({ ...entry, cluster: { ...entry.cluster, server } }))
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: ELSEWHERE, namespace: NAMESPACE },
    stringData: {
      'ca.crt': cluster.certificateAuthority,
      kubeconfig: stringifyKubeconfig({ ...document, clusters: reachable }),
    },
  }
  return [...rights(USER), secret]
}
