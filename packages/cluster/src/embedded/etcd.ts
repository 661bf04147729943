import { join } from 'node:path'
import type { ProcessSpec } from '@gatehouse/supervisor'
import type { Identity } from './certificates.ts'
import { RARE_COLLECTIONS } from '../go-runtime.ts'
import { answersOk } from './health.ts'
import type { Layout } from './layout.ts'
import { type InternalPorts, LOOPBACK } from './ports.ts'

export interface EtcdSettings {
  readonly command: string
  readonly layout: Layout
  readonly ports: InternalPorts
  readonly server: Identity
  /** The one client: the API server's certificate, which the health check uses too. */
  readonly apiserver: Identity
}

export const etcdUrl = (ports: InternalPorts): string => `https://${LOOPBACK}:${ports.etcdClients}`

/** etcd: one member on loopback that speaks only to holders of a certificate of its own authority. Pure. */
export function etcdProcess({ command, layout, ports, server, apiserver }: EtcdSettings): ProcessSpec {
  const clients = etcdUrl(ports)
  const peers = `https://${LOOPBACK}:${ports.etcdPeers}`
  return {
    name: 'etcd',
    command,
    args: [
      '--name=gatehouse',
      `--data-dir=${layout.etcdData}`,
      `--listen-client-urls=${clients}`,
      `--advertise-client-urls=${clients}`,
      `--listen-peer-urls=${peers}`,
      `--initial-advertise-peer-urls=${peers}`,
      `--initial-cluster=gatehouse=${peers}`,
      '--client-cert-auth',
      `--trusted-ca-file=${server.authorityFile}`,
      `--cert-file=${server.certificateFile}`,
      `--key-file=${server.keyFile}`,
      // A single member has no peers, yet its peer port exists and must not be open.
      '--peer-client-cert-auth',
      `--peer-trusted-ca-file=${server.authorityFile}`,
      `--peer-cert-file=${server.certificateFile}`,
      `--peer-key-file=${server.keyFile}`,
      '--tls-min-version=TLS1.3',
      // Data outlives the process, not a power cut: half of the start would be spent on waiting for a disk.
      '--unsafe-no-fsync',
      // In milliseconds. It waits for half a second for other candidates otherwise, and there are none.
      '--heartbeat-interval=20',
      '--election-timeout=200',
    ],
    env: RARE_COLLECTIONS,
    cwd: layout.directory,
    logFile: join(layout.logs, 'etcd.log'),
    isHealthy: (signal) => answersOk({ port: ports.etcdClients, path: '/readyz', ...apiserver, signal }),
    stopWithinMs: 5_000,
  }
}
