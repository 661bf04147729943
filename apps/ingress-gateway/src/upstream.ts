import { readFile } from 'node:fs/promises'
import type { Agent as HttpAgent, AgentOptions } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { isIP } from 'node:net'
import { ConfigurationError, follow, type Logger, tlsOptions } from '@gatehouse/server'
import { http } from '@gatehouse/server/node-http'
import type { UpstreamConfig } from './config.ts'

type Agent = HttpAgent | HttpsAgent

/** Connections to one upstream. Disposal closes those that are kept; those in use end with their requests. */
export interface UpstreamConnections extends Disposable {
  readonly target: URL
  /** For requests; connections are kept for the next one. */
  readonly requests: () => Agent
  /** For WebSockets, which take their connection with them. */
  readonly upgrades: () => Agent
}

/**
 * Connections with the CA of the upstream, its name checked and sent as SNI. A CA file that changes is used for
 * new connections; one that can't be read any more is logged and the old one stays.
 *
 * @throws ConfigurationError when the CA file can't be read
 */
export async function openUpstream(upstream: UpstreamConfig, logger: Logger): Promise<UpstreamConnections> {
  const target = new URL(upstream.url)
  const { certificateAuthorityFile: file, serverName, service } = upstream
  const authority = await follow({
    what: 'CA',
    read: async () => (file === undefined ? undefined : readAuthority(file)),
    filesOf: () => (file === undefined ? [] : [file]),
    isSame: Object.is,
    onChange(ca) {
      closeIdle(agents.requests)
      agents = createAgents(target, serverName, ca)
      return { upstream: service }
    },
    logger,
  })
  let agents = createAgents(target, serverName, authority.current())
  return {
    target,
    requests: () => agents.requests,
    upgrades: () => agents.upgrades,
    [Symbol.dispose]() {
      authority[Symbol.dispose]()
      closeIdle(agents.requests)
    },
  }
}

function createAgents(target: URL, serverName: string | undefined, ca: string | undefined) {
  const kept: AgentOptions = { keepAlive: true, maxFreeSockets: 32 }
  if (target.protocol === 'http:') return { requests: new http.Agent(kept), upgrades: new http.Agent() }
  const host = target.hostname.replace(/^\[|\]$/g, '')
  const tls = {
    minVersion: tlsOptions.minVersion,
    rejectUnauthorized: true,
    // Without it, Node would take the client's Host header as SNI. An address is checked but never sent.
    servername: serverName ?? (isIP(host) ? '' : host),
    ...(ca === undefined ? {} : { ca }),
  }
  return { requests: new HttpsAgent({ ...kept, ...tls }), upgrades: new HttpsAgent(tls) }
}

function closeIdle(agent: Agent): void {
  for (const sockets of Object.values(agent.freeSockets)) {
    for (const socket of sockets ?? []) socket.destroy()
  }
  // Connections in use are not kept when they come back.
  agent.maxFreeSockets = 0
}

async function readAuthority(file: string): Promise<string> {
  let pem: string
  try {
    pem = await readFile(file, 'utf8')
  } catch (cause) {
    const message = `the PEM file can't be read: ${(cause as Error).message}`
    throw new ConfigurationError(file, [{ path: '', message }], { cause })
  }
  if (!pem.includes('-----BEGIN CERTIFICATE-----')) {
    throw new ConfigurationError(file, [{ path: '', message: 'there is no PEM certificate in it' }])
  }
  return pem
}
