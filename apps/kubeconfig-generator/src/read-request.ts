import { isNamespaceName, NAMESPACE_RULE } from '@gatehouse/kubeconfig'
import { readBearerToken } from './bearer-token.ts'
import { ambiguousCredentials, badRequest, methodNotAllowed, notFound, type Refusal } from './refusal.ts'

/** The one path of the service. */
const PATH = '/kube-config'
export const METHODS = 'GET, HEAD, OPTIONS'

/** The parts of a request that say what is asked for. */
export interface RawRequest {
  readonly method?: string | undefined
  readonly url?: string | undefined
  readonly headersDistinct: NodeJS.Dict<string[]>
}

export type KubeConfigRequest =
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  /** A browser asks whether it may (OPTIONS). */
  | { readonly kind: 'options' }
  | { readonly kind: 'kubeconfig'; readonly token: string; readonly namespace?: string }

/** The parameters with which clients are known to send tokens (RFC 6750 section 2.3, OpenID Connect). */
const TOKEN_PARAMETERS = new Set(['access_token', 'id_token', 'token', 'authorization'])

/** Decides what a request asks for, from its first line and headers alone. Pure. */
export function readRequest({ method, url = '', headersDistinct }: RawRequest): KubeConfigRequest {
  const [path, query] = splitTarget(url)
  if (path !== PATH) return refused(notFound())
  if (method === 'OPTIONS') return { kind: 'options' }
  if (method !== 'GET' && method !== 'HEAD') return refused(methodNotAllowed(METHODS))

  const parameters = new URLSearchParams(query)
  const names = [...parameters.keys()]
  if (names.some((name) => TOKEN_PARAMETERS.has(name.toLowerCase()))) {
    return refused(
      ambiguousCredentials(
        'a token must not stand in the URL, which is written to logs; send it as "Authorization: Bearer"',
      ),
    )
  }
  // A mistyped option must not silently mean its default.
  if (names.some((name) => name !== 'namespace')) {
    return refused(badRequest('only the option "namespace" is known here'))
  }
  if (names.length > 1) return refused(badRequest('the option "namespace" is there more than once'))
  const namespace = parameters.get('namespace') ?? undefined
  if (namespace !== undefined && !isNamespaceName(namespace)) {
    return refused(badRequest(`the option "namespace" is not the name of a namespace (${NAMESPACE_RULE})`))
  }

  const credentials = readBearerToken(headersDistinct['authorization'])
  if ('refusal' in credentials) return refused(credentials.refusal)
  return { kind: 'kubeconfig', token: credentials.token, ...(namespace === undefined ? {} : { namespace }) }
}

function refused(refusal: Refusal): KubeConfigRequest {
  return { kind: 'refused', refusal }
}

/** Path and query as they were sent: nothing is decoded or normalised, since one path is known. */
export function splitTarget(url: string): [path: string, query: string] {
  const mark = url.indexOf('?')
  return mark < 0 ? [url, ''] : [url.slice(0, mark), url.slice(mark + 1)]
}
