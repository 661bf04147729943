import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { openCertificateAuthority } from '@gatehouse/pki'

export const GROUP = 'shop.example'
const VERSION = 'v1'
const API = `/apis/${GROUP}/${VERSION}`
const SERVICE = { name: 'shop', namespace: 'default' }

export interface AggregatedApi extends AsyncDisposable {
  /** What makes a cluster serve it: a Service by whose name it is reached on this machine, and its APIService. */
  readonly objects: readonly object[]
}

/**
 * A small API server for gadgets, of which there are none, to be aggregated by another, which has authorized each
 * request before it comes here. It knows only the discovery that every aggregated API has.
 */
export async function startAggregatedApi(directory: string): Promise<AggregatedApi> {
  const authority = await openCertificateAuthority(directory, { commonName: 'shop' })
  const { certificateFile, keyFile } = await authority.issueServerCertificate({
    directory,
    name: SERVICE.name,
    dnsNames: [`${SERVICE.name}.${SERVICE.namespace}.svc`],
    ipAddresses: [],
  })
  const pem = { cert: await readFile(certificateFile), key: await readFile(keyFile) }
  const server = createServer(pem, ({ method = '', url = '' }, response) => {
    const { status, body } = answer(method, new URL(url, 'https://shop').pathname)
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    objects: [
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: SERVICE,
        spec: { type: 'ExternalName', externalName: '127.0.0.1' },
      },
      apiServiceOf(GROUP, {
        service: { ...SERVICE, port },
        caBundle: Buffer.from(authority.certificatePem).toString('base64'),
      }),
    ],
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

/** An aggregated API with a Service behind which nobody is. */
export const away = {
  group: 'away.example',
  objects: [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { ...SERVICE, name: 'away' },
      spec: { ports: [{ port: 443 }] },
    },
    apiServiceOf('away.example', {
      service: { ...SERVICE, name: 'away', port: 443 },
      insecureSkipTLSVerify: true,
    }),
  ],
}

function apiServiceOf(group: string, spec: object) {
  return {
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: { name: `${VERSION}.${group}` },
    spec: { group, version: VERSION, groupPriorityMinimum: 1000, versionPriority: 10, ...spec },
  }
}

function answer(method: string, path: string): { status: number; body: object } {
  const groupVersion = `${GROUP}/${VERSION}`
  if (path === API) {
    const gadgets = { name: 'gadgets', singularName: 'gadget', namespaced: true, kind: 'Gadget' }
    const resources = [{ ...gadgets, verbs: ['get', 'list', 'delete'] }]
    return { status: 200, body: { apiVersion: 'v1', kind: 'APIResourceList', groupVersion, resources } }
  }
  if (method === 'GET' && path.startsWith(API) && path.endsWith('/gadgets')) {
    return { status: 200, body: { apiVersion: groupVersion, kind: 'GadgetList', metadata: {}, items: [] } }
  }
  const status = { apiVersion: 'v1', kind: 'Status', status: 'Failure', reason: 'NotFound', code: 404 }
  return { status: 404, body: { ...status, message: `there is no ${path}` } }
}
