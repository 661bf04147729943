import { isIP } from 'node:net'
import { join } from 'node:path'
import {
  type CertificateAuthority,
  type CertificateFiles,
  ensureSigningKey,
  openCertificateAuthority,
  type SigningKeyFiles,
} from '@gatehouse/pki'
import { LOOPBACK } from './ports.ts'
import { SERVICE_ADDRESS } from './service-network.ts'

/**
 * The users that the cluster's own processes are. All are in `system:`, which neither an issuer's token nor
 * `kubeconfigFor` can claim, so nobody gets their rights by giving a user or a group the right name.
 */
export const users = {
  /** May do everything by a ClusterRoleBinding, which can be taken away like any other. */
  admin: 'system:gatehouse:admin',
  /** In `system:masters`: sets up and repairs what the cluster needs, whatever its RBAC says. */
  bootstrap: 'system:gatehouse:bootstrap',
  kwok: 'system:gatehouse:kwok',
} as const

/** A certificate and key in files, with the authority that checks the other side. */
export interface Identity extends CertificateFiles {
  readonly authorityFile: string
}

export interface Certificates {
  readonly cluster: CertificateAuthority
  readonly etcd: { readonly server: Identity; readonly apiserver: Identity }
  readonly apiserver: Identity
  readonly controllerManager: Identity
  readonly scheduler: Identity
  readonly clients: Readonly<
    Record<'admin' | 'bootstrap' | 'controllerManager' | 'scheduler' | 'kwok', Identity>
  >
  readonly frontProxy: Identity
  readonly kubelet: { readonly server: Identity; readonly apiserver: Identity }
  readonly serviceAccounts: SigningKeyFiles
}

interface Names {
  readonly dnsNames: readonly string[]
  readonly ipAddresses: readonly string[]
}

const onLoopback: Names = { dnsNames: ['localhost'], ipAddresses: [LOOPBACK] }

/** The names that the API server's certificate covers (as kubeadm's), with `host` and `extraNames`. Pure. */
export function apiserverNames(host: string, extraNames: readonly string[]): Names {
  const wildcard = host === '0.0.0.0' || host === '::'
  const all = [
    'localhost',
    'kubernetes',
    'kubernetes.default',
    'kubernetes.default.svc',
    'kubernetes.default.svc.cluster.local',
    LOOPBACK,
    SERVICE_ADDRESS,
    ...(wildcard ? [] : [host]),
    ...extraNames,
  ]
  return {
    dnsNames: [...new Set(all.filter((name) => isIP(name) === 0))],
    ipAddresses: [...new Set(all.filter((name) => isIP(name) !== 0))],
  }
}

/**
 * Opens or makes the four authorities and every certificate below them. Four, since an authority is a
 * statement: a client certificate for the API server opens neither etcd nor the kubelet's endpoint, and
 * cannot pretend to be the aggregation layer.
 *
 * @throws PkiError
 */
export async function openCertificates(
  directory: string,
  { host, extraNames = [] }: { host: string; extraNames?: readonly string[] },
): Promise<Certificates> {
  const open = (name: string) =>
    openCertificateAuthority(join(directory, name), { commonName: `gatehouse ${name} CA` })
  const [cluster, etcd, frontProxy, kubelet] = await Promise.all([
    open('cluster'),
    open('etcd'),
    open('front-proxy'),
    open('kubelet'),
  ])
  const issuedBy = (name: string, authority: CertificateAuthority) => ({
    server: async (server: string, names: Names) => ({
      ...(await authority.issueServerCertificate({
        directory: join(directory, name),
        name: server,
        ...names,
      })),
      authorityFile: authority.certificateFile,
    }),
    client: async (client: string, commonName: string, organizations: readonly string[] = []) => ({
      ...(await authority.issueClientCertificate({
        directory: join(directory, name),
        name: client,
        commonName,
        organizations,
      })),
      authorityFile: authority.certificateFile,
    }),
  })
  const byCluster = issuedBy('cluster', cluster)
  const byEtcd = issuedBy('etcd', etcd)
  const byKubelet = issuedBy('kubelet', kubelet)
  const [
    etcdServer,
    etcdClient,
    apiserver,
    controllerManager,
    scheduler,
    front,
    node,
    toNode,
    keys,
    clients,
  ] = await Promise.all([
    byEtcd.server('etcd', onLoopback),
    byEtcd.client('apiserver-client', 'kube-apiserver'),
    byCluster.server('apiserver', apiserverNames(host, extraNames)),
    byCluster.server('controller-manager', onLoopback),
    byCluster.server('scheduler', onLoopback),
    issuedBy('front-proxy', frontProxy).client('apiserver-client', FRONT_PROXY_CLIENT),
    byKubelet.server('kubelet', onLoopback),
    byKubelet.client('apiserver-client', 'kube-apiserver-kubelet-client'),
    ensureSigningKey(join(directory, 'service-accounts'), 'service-accounts'),
    Promise.all([
      byCluster.client('admin-client', users.admin),
      byCluster.client('bootstrap-client', users.bootstrap, ['system:masters']),
      byCluster.client('controller-manager-client', 'system:kube-controller-manager'),
      byCluster.client('scheduler-client', 'system:kube-scheduler'),
      byCluster.client('kwok-client', users.kwok),
    ]),
  ])
  const [admin, bootstrap, controllerManagerClient, schedulerClient, kwok] = clients
  return {
    cluster,
    etcd: { server: etcdServer, apiserver: etcdClient },
    apiserver,
    controllerManager,
    scheduler,
    clients: {
      admin,
      bootstrap,
      controllerManager: controllerManagerClient,
      scheduler: schedulerClient,
      kwok,
    },
    frontProxy: front,
    kubelet: { server: node, apiserver: toNode },
    serviceAccounts: keys,
  }
}

/** The only name that may speak for others in the aggregation layer's headers. */
export const FRONT_PROXY_CLIENT = 'front-proxy-client'
