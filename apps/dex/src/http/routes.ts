import type { Handler } from './exchange.ts'

export type Method = 'GET' | 'POST'

/** One endpoint. Its name is what logs and metrics call it, never the path that was asked for. */
export interface Route {
  readonly name: string
  /** Below the issuer; `{name}` stands for one segment. */
  readonly path: string
  /** Whether web pages of `web.allowedOrigins` may read the answer. */
  readonly cors?: boolean
  readonly methods: Partial<Readonly<Record<Method, Handler>>>
}

export type RouteMatch =
  | { readonly kind: 'found'; readonly route: Route; readonly params: Readonly<Record<string, string>> }
  | { readonly kind: 'unknown' }

/** Returns the function that finds the route of a path below the issuer. Pure. */
export function createRouter(routes: readonly Route[]): (path: string) => RouteMatch {
  const compiled = routes.map((route) => ({ route, segments: route.path.split('/') }))
  return (path) => {
    const asked = path.split('/')
    for (const { route, segments } of compiled) {
      if (segments.length !== asked.length) continue
      const params = matchSegments(segments, asked)
      if (params) return { kind: 'found', route, params }
    }
    return { kind: 'unknown' }
  }
}

/** What the placeholders of `segments` stand for in `asked`; undefined where they don't match. Pure. */
export function matchSegments(
  segments: readonly string[],
  asked: readonly string[],
): Record<string, string> | undefined {
  const params: Record<string, string> = {}
  for (const [index, segment] of segments.entries()) {
    const value = decode(asked[index]!)
    if (value === undefined) return undefined
    const name = /^\{(.+)\}$/.exec(segment)?.[1]
    if (name === undefined ? value !== segment : value === '') return undefined
    if (name !== undefined) params[name] = value
  }
  return params
}

function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment)
  } catch {
    return undefined
  }
}
