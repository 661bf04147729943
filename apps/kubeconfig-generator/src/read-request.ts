import { readBearerToken } from './bearer-token.ts'
import { type FileOptions, readOptions } from './read-options.ts'
import { badRequest, ambiguousCredentials, methodNotAllowed, notFound, type Refusal } from './refusal.ts'
import { type Target, targetOf } from './target.ts'

export const METHODS = 'GET, HEAD, OPTIONS'

/** The parts of a request that say what is asked for. */
export interface RawRequest {
  readonly method?: string | undefined
  readonly url?: string | undefined
  readonly headersDistinct: NodeJS.Dict<string[]>
}

export interface FileRequest {
  readonly kind: 'file'
  readonly target: Target
  readonly options: FileOptions
  readonly token: string
  /** HEAD: the client wants to know, not to have. */
  readonly headOnly: boolean
}

export type ReadRequest =
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  /** A browser asks whether it may (OPTIONS). */
  | { readonly kind: 'options' }
  | FileRequest

/** The parameters with which clients are known to send tokens (RFC 6750 section 2.3, OpenID Connect). */
const TOKEN_PARAMETERS = new Set(['access_token', 'id_token', 'token', 'authorization'])

/** Decides what a request asks for, from its first line and headers alone. Pure. */
export function readRequest({ method, url = '', headersDistinct }: RawRequest): ReadRequest {
  const [path, query] = splitTarget(url)
  const target = targetOf(path)
  if (!target) return refused(notFound())
  if (method === 'OPTIONS') return { kind: 'options' }
  if (method !== 'GET' && method !== 'HEAD') return refused(methodNotAllowed(METHODS))

  const parameters = new URLSearchParams(query)
  if ([...parameters.keys()].some((name) => TOKEN_PARAMETERS.has(name.toLowerCase()))) {
    return refused(
      ambiguousCredentials(
        'a token must not stand in the URL, which is written to logs; send it as "Authorization: Bearer"',
      ),
    )
  }
  const options = readOptions(parameters, target)
  if (typeof options === 'string') return refused(badRequest(options))
  const credentials = readBearerToken(headersDistinct['authorization'])
  if ('refusal' in credentials) return refused(credentials.refusal)
  return { kind: 'file', target, options, token: credentials.token, headOnly: method === 'HEAD' }
}

function refused(refusal: Refusal): ReadRequest {
  return { kind: 'refused', refusal }
}

/** Path and query as they were sent: nothing is decoded or normalised, since paths are compared as they stand. */
export function splitTarget(url: string): [path: string, query: string] {
  const mark = url.indexOf('?')
  return mark < 0 ? [url, ''] : [url.slice(0, mark), url.slice(mark + 1)]
}
