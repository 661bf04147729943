import { readFile } from 'node:fs/promises'
import { Agent, request } from 'undici'
import type { TestStack } from './gatehouse.ts'
import { manifest, pathOf } from './objects.ts'

/** As much of an object as the tests look at. */
export interface Observed {
  readonly metadata: {
    readonly name: string
    readonly annotations?: Readonly<Record<string, string>>
    readonly deletionTimestamp?: string
  }
  readonly data?: Readonly<Record<string, string>>
  readonly spec?: {
    readonly replicas?: number
    readonly template?: { readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> } }
  }
  readonly status?: { readonly phase?: string }
}

/** Sees what really is in the cluster: the admin at the API server itself, past the proxy and without kubectl. */
export interface Observer extends AsyncDisposable {
  /** The object, or undefined when there is none. */
  readonly find: (
    resource: string,
    namespace: string | undefined,
    name: string,
  ) => Promise<Observed | undefined>
  /** Makes an object; one that is there already stays as it is. */
  readonly make: (resource: string, namespace: string | undefined, name: string) => Promise<void>
  readonly send: (
    method: 'POST' | 'PATCH' | 'DELETE',
    path: string,
    body?: object,
  ) => Promise<{ code: number; text: string }>
}

/** The admin as an observer, by an ID token that the API server takes. */
export async function observe(stack: TestStack, admin: string): Promise<Observer> {
  const { server, certificateAuthorityFile } = stack.status.cluster!
  const ca = await readFile(certificateAuthorityFile, 'utf8')
  return observeAs(server, { ca }, { authorization: `Bearer ${await stack.idToken(admin)}` })
}

/** An observer by whatever credential the API server takes: in the connection, or in each request. */
export function observeAs(
  server: string,
  connect: { readonly ca: string; readonly cert?: string; readonly key?: string },
  headers: Readonly<Record<string, string>> = {},
): Observer {
  const agent = new Agent({ connect })
  const ask = async (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: object) => {
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'
    const response = await request(`${server}${path}`, {
      method,
      dispatcher: agent,
      headers: { ...headers, 'content-type': type },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
    return { code: response.statusCode, text: await response.body.text() }
  }
  return {
    async find(resource, namespace, name) {
      const { code, text } = await ask('GET', pathOf(resource, namespace, name))
      if (code === 404) return undefined
      if (code !== 200) throw new Error(`the observer can't see ${resource} ${name}: ${code} ${text}`)
      return JSON.parse(text) as Observed
    },
    async make(resource, namespace, name) {
      const { code, text } = await ask(
        'POST',
        pathOf(resource, namespace),
        manifest(resource, name, namespace),
      )
      if (code !== 201 && code !== 409)
        throw new Error(`the observer can't make ${resource} ${name}: ${code} ${text}`)
    },
    send: ask,
    [Symbol.asyncDispose]: () => agent.close(),
  }
}
