import { join } from 'node:path'
import { connect } from 'node:tls'
import { readFileSync } from 'node:fs'
import type { ProcessSpec } from '@gatehouse/supervisor'
import type { Identity } from './certificates.ts'
import type { KubeletEndpointSettings } from './kubelet-endpoint/main.ts'
import type { Layout } from './layout.ts'
import { LOOPBACK } from './ports.ts'
import { scriptPath } from './script.ts'

export interface KubeletEndpointOptions {
  /** Path of Node. */
  readonly command: string
  readonly layout: Layout
  readonly port: number
  readonly server: Identity
  /** The API server's certificate for this endpoint, which the health check uses too. */
  readonly client: Identity
  readonly apiserver: { readonly host: string; readonly port: number }
}

/** The guard in front of kwok; see kubelet-endpoint/main.ts. Pure. */
export function kubeletEndpointProcess(options: KubeletEndpointOptions): ProcessSpec {
  const { command, layout, port, server, client, apiserver } = options
  const settings: KubeletEndpointSettings = { host: LOOPBACK, port, ...server, apiserver }
  return {
    name: 'kubelet-endpoint',
    command,
    args: [scriptPath('kubelet-endpoint/main'), JSON.stringify(settings)],
    env: {},
    cwd: layout.kwok,
    logFile: join(layout.logs, 'kubelet-endpoint.log'),
    isHealthy: (signal) => acceptsTls(port, client, signal),
    stopWithinMs: 2_000,
  }
}

function acceptsTls(port: number, client: Identity, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: LOOPBACK,
      port,
      ca: readFileSync(client.authorityFile),
      cert: readFileSync(client.certificateFile),
      key: readFileSync(client.keyFile),
    })
    signal.addEventListener('abort', () => socket.destroy(signal.reason as Error), { once: true })
    socket.once('secureConnect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', reject)
  })
}
