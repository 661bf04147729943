import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { Agent, createServer, request } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { currentCluster, readKubeconfig } from '@gatehouse/kubeconfig'
import { openCertificateAuthority } from '@gatehouse/pki'
import { parse, stringify } from 'yaml'

/** What stands between a proxy and its API server. */
export interface BrokenUpstream extends AsyncDisposable {
  /** Whether the proxy has followed the change, and sends its requests here. */
  readonly isUsed: () => boolean
}

/** Changes the raw headers (name, value, name, value…) of a request. */
export type Break = (headers: readonly string[]) => string[]

/**
 * Puts a server between the proxy and its API server that breaks the headers of every request: to the API server
 * that is a proxy with a fault. The proxy follows the change of its kubeconfig; disposing puts it back.
 */
export async function breakUpstream(
  kubeconfigFile: string,
  directory: string,
  breakHeaders: Break,
): Promise<BrokenUpstream> {
  const original = await readFile(kubeconfigFile, 'utf8')
  const upstream = await currentCluster(await readKubeconfig(kubeconfigFile))
  const authority = await openCertificateAuthority(join(directory, 'broken'), {
    commonName: 'broken upstream',
  })
  const { certificateFile, keyFile } = await authority.issueServerCertificate({
    directory,
    name: 'broken',
    dnsNames: ['localhost'],
    ipAddresses: ['127.0.0.1'],
  })
  const agent = new Agent({
    keepAlive: true,
    ca: upstream.caPem,
    cert: upstream.clientCertificatePem,
    key: upstream.clientKeyPem,
  })
  let requests = 0
  const server = createServer(
    { cert: await readFile(certificateFile), key: await readFile(keyFile) },
    (incoming, answer) => {
      requests++
      const headers = breakHeaders(incoming.rawHeaders)
      const outgoing = request(new URL(incoming.url ?? '', upstream.server), {
        agent,
        method: incoming.method,
        headers,
      })
      outgoing.on('response', (response) => {
        answer.writeHead(response.statusCode ?? 502, response.rawHeaders)
        response.pipe(answer)
      })
      outgoing.on('error', () => answer.destroy())
      answer.on('close', () => outgoing.destroy())
      incoming.pipe(outgoing)
    },
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const document = parse(original) as { clusters: { cluster: Record<string, unknown> }[] }
  for (const { cluster } of document.clusters) {
    cluster['server'] = `https://127.0.0.1:${port}`
    cluster['certificate-authority-data'] = Buffer.from(authority.certificatePem).toString('base64')
  }
  await writeFile(kubeconfigFile, stringify(document))
  return {
    isUsed: () => requests > 0,
    async [Symbol.asyncDispose]() {
      await writeFile(kubeconfigFile, original)
      server.close()
      server.closeAllConnections()
      agent.destroy()
    },
  }
}
