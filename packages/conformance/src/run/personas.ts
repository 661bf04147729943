import { z } from 'zod'
import { ConformanceError } from '../errors.ts'
import type { Endpoint } from '../paths/endpoint.ts'
import type { Credential, LoggedIn } from '../paths/path.ts'
import type { AccessSpec } from '../spec/schema.ts'
import { connectApi } from './api.ts'

/** A persona as somebody logs it in. */
export interface PersonaToLogIn {
  readonly id: string
  readonly username: string
  readonly connector: string | undefined
}

export type LogIn = (persona: PersonaToLogIn, signal: AbortSignal) => Promise<Credential>

const reviewSchema = z.object({
  status: z.object({ userInfo: z.object({ username: z.string(), groups: z.array(z.string()).default([]) }) }),
})

/**
 * Logs every persona in, and asks the API who that is (SelfSubjectReview): a persona that is somebody else, or
 * has other groups than the spec says, would prove nothing.
 *
 * @throws ConformanceError `ERR_LOGIN`
 */
export async function logInAll(
  personas: AccessSpec['personas'],
  { api, logIn, signal }: { api: Endpoint; logIn: LogIn; signal: AbortSignal },
): Promise<LoggedIn[]> {
  const settled = await Promise.allSettled(
    Object.entries(personas).map(async ([id, persona]): Promise<LoggedIn> => {
      const { username = persona.user, connector } = persona.login
      const credential = await logIn({ id, username, connector }, signal)
      const subject = await whoIs(api, credential, signal)
      requireSame(id, persona, subject)
      return { id, ...subject, credential }
    }),
  )
  signal.throwIfAborted()
  const failures = settled.flatMap((one, index) => {
    const id = Object.keys(personas)[index]
    return one.status === 'rejected' ? [`${id}: ${(one.reason as Error).message}`] : []
  })
  if (failures.length > 0) {
    throw new ConformanceError('ERR_LOGIN', `not everybody could log in:\n  ${failures.join('\n  ')}`)
  }
  return settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
}

async function whoIs(
  endpoint: Endpoint,
  credential: Credential,
  signal: AbortSignal,
): Promise<{ username: string; groups: string[] }> {
  await using api = connectApi(endpoint, credential, signal)
  const { status, text } = await api.send('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'SelfSubjectReview',
  })
  if (status === 401) throw new Error(`${endpoint.server} does not accept the token of the login`)
  if (status !== 201)
    throw new Error(`${endpoint.server} does not say who this is (${status}): ${text.slice(0, 300)}`)
  const parsed = reviewSchema.safeParse(JSON.parse(text))
  if (!parsed.success) throw new Error(`${endpoint.server} answered a SelfSubjectReview with something else`)
  return parsed.data.status.userInfo
}

function requireSame(
  id: string,
  expected: AccessSpec['personas'][string],
  found: { username: string; groups: readonly string[] },
): void {
  if (found.username !== expected.user) {
    throw new Error(`the spec says that ${id} is "${expected.user}"; the API server says "${found.username}"`)
  }
  const own = found.groups.filter((group) => !group.startsWith('system:')).toSorted()
  const wanted = expected.groups.toSorted()
  if (own.join('\n') === wanted.join('\n')) return
  const list = (groups: readonly string[]) =>
    groups.length === 0 ? 'no groups' : `the groups ${groups.join(', ')}`
  throw new Error(`the spec says that ${id} has ${list(wanted)}; the API server says ${list(own)}`)
}
