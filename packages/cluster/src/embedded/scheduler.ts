import { join } from 'node:path'
import type { ProcessSpec } from '@gatehouse/supervisor'
import type { Identity } from './certificates.ts'
import { answersOk } from './health.ts'
import type { Layout } from './layout.ts'
import { type InternalPorts, LOOPBACK } from './ports.ts'

export interface SchedulerSettings {
  readonly command: string
  readonly layout: Layout
  readonly ports: InternalPorts
  readonly kubeconfig: string
  readonly server: Identity
}

/** kube-scheduler: kwok runs pods but binds none to a node. Pure. */
export function schedulerProcess({
  command,
  layout,
  ports,
  kubeconfig,
  server,
}: SchedulerSettings): ProcessSpec {
  return {
    name: 'kube-scheduler',
    command,
    args: [
      `--kubeconfig=${kubeconfig}`,
      `--bind-address=${LOOPBACK}`,
      `--secure-port=${ports.scheduler}`,
      `--tls-cert-file=${server.certificateFile}`,
      `--tls-private-key-file=${server.keyFile}`,
      '--leader-elect=false',
      '--profiling=false',
    ],
    env: {},
    cwd: layout.directory,
    logFile: join(layout.logs, 'kube-scheduler.log'),
    dependsOn: ['kube-apiserver'],
    isHealthy: (signal) =>
      answersOk({ port: ports.scheduler, path: '/healthz', authorityFile: server.authorityFile, signal }),
    stopWithinMs: 3_000,
  }
}
