import { chmodSync, readFileSync, rmSync } from 'node:fs'
import { connect, createServer, type ListenOptions, type Server } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { relay } from '../sandbox/relay.ts'
import { sockets } from '../sandbox/sockets.ts'

/** What this process is told, as JSON in its only argument; nothing in it is secret. */
export interface KubeletEndpointSettings {
  readonly host: string
  readonly port: number
  readonly certificateFile: string
  readonly keyFile: string
  /** Signed the certificates of those who may connect. */
  readonly authorityFile: string
  readonly apiserver: { readonly host: string; readonly port: number }
}

/**
 * The node's kubelet endpoint on the machine's loopback. kwok asks nobody who they are, so this does:
 * TLS 1.3, and a client certificate of the kubelet's own authority, which only the API server has. What
 * passes goes through a socket file (its directory is closed to others) into kwok's sandbox. The other
 * socket carries kwok's own requests to the API server, the one place that the sandbox reaches.
 */
async function main(settings: KubeletEndpointSettings): Promise<void> {
  const endpoint = createTlsServer({
    cert: readFileSync(settings.certificateFile),
    key: readFileSync(settings.keyFile),
    ca: readFileSync(settings.authorityFile),
    requestCert: true,
    rejectUnauthorized: true,
    minVersion: 'TLSv1.3',
    allowHalfOpen: true,
  })
  relay(endpoint, 'secureConnection', () => connect({ path: sockets.kubelet, allowHalfOpen: true }))
  await listen(endpoint, { host: settings.host, port: settings.port })

  const apiserver = createServer({ allowHalfOpen: true })
  relay(apiserver, 'connection', () => connect({ ...settings.apiserver, allowHalfOpen: true }))
  rmSync(sockets.apiserver, { force: true })
  await listen(apiserver, { path: sockets.apiserver })
  chmodSync(sockets.apiserver, 0o600)
}

function listen(server: Server, options: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(options, resolve)
  })
}

// The settings are written by kubelet-endpoint.ts of the same version.
main(JSON.parse(process.argv[2]!) as KubeletEndpointSettings).catch((error: unknown) => {
  console.error(
    `the kubelet endpoint could not be started: ${error instanceof Error ? error.message : String(error)}`,
  )
  process.exit(1)
})
