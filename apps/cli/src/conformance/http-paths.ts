import { type Endpoint, httpPath, type Path } from '@gatehouse/conformance'

const CONCURRENCY = 16

/** The API server itself, with a person's own credential. */
export function directPath(endpoint: Endpoint): Path {
  return httpPath({ id: 'direct', endpoint, isDirect: true, concurrency: CONCURRENCY })
}

/** The access proxy. It impersonates already; a client that wants to, too, is refused on purpose. */
export function proxyPath(endpoint: Endpoint): Path {
  return httpPath({
    id: 'proxy',
    endpoint,
    isDirect: false,
    concurrency: CONCURRENCY,
    without: ['impersonate'],
  })
}
