import { namespaceBindings, people, project, systemNamespaces } from '@gatehouse/personas'
import { hash } from 'bcryptjs'
import { TAG } from './images.ts'

export const DOMAIN = 'in-cluster.gatehouse.localhost'
export const NODE_PORTS = { https: 30_443, http: 30_080, apiserverProxy: 30_943 } as const
/** Of one user in a minute, at the generator: so few that a test can use them up. */
export const FILES_PER_MINUTE = 40

export type Ports = Readonly<Record<keyof typeof NODE_PORTS | 'apiserver', number>>

/** What the release is installed with; `apiServer` is where administrators reach it. */
export async function valuesFor(options: {
  ports: Ports
  passwords: ReadonlyMap<string, string>
  apiServer: string
  /** In the catalogue, beside the cluster of the release. */
  clusters: readonly object[]
}): Promise<object> {
  const { ports, passwords, apiServer, clusters } = options
  const users = people.map(async ({ email, username, userID, groups }) => ({
    email,
    username,
    userID,
    groups,
    hash: await hash(passwords.get(email)!, 10),
  }))
  return {
    domain: DOMAIN,
    publicPort: ports.https,
    image: { tag: TAG, pullPolicy: 'Never' },
    identity: { users: await Promise.all(users) },
    apiserverProxy: {
      url: `https://127.0.0.1:${ports.apiserverProxy}`,
      service: { type: 'NodePort', nodePort: NODE_PORTS.apiserverProxy },
      drainSeconds: 5,
      // As in a stack on a cluster of its own.
      serviceAccounts: true,
      impersonation: 'authorized',
    },
    gateway: {
      service: {
        type: 'LoadBalancer',
        externalTrafficPolicy: 'Local',
        // Ways past the load balancer.
        nodePort: NODE_PORTS.https,
        httpNodePort: NODE_PORTS.http,
      },
    },
    kubeconfigGenerator: {
      issuerAddress: `127.0.0.1:${ports.https}`,
      limits: { filesPerMinute: FILES_PER_MINUTE },
      catalogue: {
        enabled: true,
        projects: [project],
        cluster: { server: apiServer, credentials: { enabled: true } },
        clusters,
      },
    },
    permissionController: {
      enabled: true,
      bindings: namespaceBindings(),
      excludedNamespaces: systemNamespaces,
    },
  }
}
