import { readFile } from 'node:fs/promises'
import type { TestStack } from '@gatehouse/e2e-path-b/gatehouse'
import { Agent, request } from 'undici'

/** The API server itself, past the proxy and the console, as the person whose ID token is given. */
export interface ApiServer extends AsyncDisposable {
  /** The status code of an answer; nothing is changed (`dryRun=All`). */
  readonly attempt: (attempt: Attempt) => Promise<number>
  /** What the authorizer says about the person, where no request can tell. */
  readonly review: (resourceAttributes: object) => Promise<boolean>
}

export interface Attempt {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly body?: object
}

export async function apiServerAs({ status }: TestStack, token: string): Promise<ApiServer> {
  const { server, certificateAuthorityFile } = status.cluster!
  const agent = new Agent({ connect: { ca: await readFile(certificateAuthorityFile, 'utf8') } })
  const send = async ({ method, path, body }: Attempt, query: Record<string, string>) =>
    request(new URL(path, server), {
      method,
      query,
      dispatcher: agent,
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
      },
      body: body === undefined ? null : JSON.stringify(body),
    })
  return {
    async attempt(attempt) {
      const answer = await send(attempt, attempt.method === 'GET' ? { limit: '1' } : { dryRun: 'All' })
      await answer.body.dump()
      return answer.statusCode
    },
    async review(resourceAttributes) {
      const apiVersion = 'authorization.k8s.io/v1'
      const body = { apiVersion, kind: 'SelfSubjectAccessReview', spec: { resourceAttributes } }
      const path = `/apis/${apiVersion}/selfsubjectaccessreviews`
      const answer = await send({ method: 'POST', path, body }, {})
      return ((await answer.body.json()) as { status: { allowed: boolean } }).status.allowed
    },
    [Symbol.asyncDispose]: () => agent.close(),
  }
}
