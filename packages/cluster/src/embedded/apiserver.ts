import { join } from 'node:path'
import type { ProcessSpec } from '@gatehouse/supervisor'
import { type Certificates, FRONT_PROXY_CLIENT } from './certificates.ts'
import { etcdUrl } from './etcd.ts'
import { RARE_COLLECTIONS } from '../go-runtime.ts'
import { answersOk } from './health.ts'
import type { Layout } from './layout.ts'
import { type InternalPorts, LOOPBACK } from './ports.ts'
import { SERVICE_CIDR } from './service-network.ts'

export interface ApiserverSettings {
  readonly command: string
  readonly layout: Layout
  readonly ports: InternalPorts
  readonly host: string
  readonly port: number
  readonly certificates: Certificates
  readonly dependsOn: readonly string[]
  /** Of one of several on the same etcd, from 2 on. */
  readonly number?: number
}

/** Where processes of this machine reach an API server that listens on `host`. Pure. */
export function reachableHost(host: string): string {
  return host === '0.0.0.0' || host === '::' ? LOOPBACK : host
}

/** kube-apiserver. Pure. */
export function apiserverProcess(settings: ApiserverSettings): ProcessSpec {
  const { command, layout, ports, host, port, certificates } = settings
  const suffix = settings.number === undefined ? '' : `-${settings.number}`
  const { etcd, apiserver, cluster, frontProxy, kubelet, serviceAccounts } = certificates
  return {
    name: `kube-apiserver${suffix}`,
    command,
    args: [
      `--etcd-servers=${etcdUrl(ports)}`,
      `--etcd-cafile=${etcd.apiserver.authorityFile}`,
      `--etcd-certfile=${etcd.apiserver.certificateFile}`,
      `--etcd-keyfile=${etcd.apiserver.keyFile}`,

      `--bind-address=${host}`,
      `--secure-port=${port}`,
      `--tls-cert-file=${apiserver.certificateFile}`,
      `--tls-private-key-file=${apiserver.keyFile}`,
      `--service-cluster-ip-range=${SERVICE_CIDR}`,
      // The endpoints of the Service `kubernetes` would be a loopback address, which Kubernetes refuses.
      '--endpoint-reconciler-type=none',

      `--client-ca-file=${cluster.certificateFile}`,
      `--authentication-config=${layout.authenticationConfiguration}`,
      '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
      `--service-account-signing-key-file=${serviceAccounts.privateKeyFile}`,
      `--service-account-key-file=${serviceAccounts.publicKeyFile}`,
      `--requestheader-client-ca-file=${frontProxy.authorityFile}`,
      `--requestheader-allowed-names=${FRONT_PROXY_CLIENT}`,
      '--requestheader-username-headers=X-Remote-User',
      '--requestheader-group-headers=X-Remote-Group',
      '--requestheader-extra-headers-prefix=X-Remote-Extra-',
      `--proxy-client-cert-file=${frontProxy.certificateFile}`,
      `--proxy-client-key-file=${frontProxy.keyFile}`,

      '--authorization-mode=Node,RBAC',
      '--enable-admission-plugins=NodeRestriction',

      `--kubelet-certificate-authority=${kubelet.apiserver.authorityFile}`,
      `--kubelet-client-certificate=${kubelet.apiserver.certificateFile}`,
      `--kubelet-client-key=${kubelet.apiserver.keyFile}`,
      '--kubelet-preferred-address-types=InternalIP',

      `--audit-policy-file=${layout.auditPolicy}`,
      `--audit-log-path=${layout.auditLog}${suffix}`,
      '--audit-log-format=json',
      '--audit-log-maxsize=100',
      '--audit-log-maxbackup=3',

      '--profiling=false',
    ],
    env: RARE_COLLECTIONS,
    cwd: layout.directory,
    logFile: join(layout.logs, `kube-apiserver${suffix}.log`),
    dependsOn: ['etcd', ...settings.dependsOn],
    isHealthy: (signal) =>
      answersOk({
        host: reachableHost(host),
        port,
        path: '/readyz',
        authorityFile: cluster.certificateFile,
        signal,
      }),
    // It drains watches for up to a minute; nothing is lost when it is killed, since etcd has the data.
    stopWithinMs: 3_000,
  }
}
