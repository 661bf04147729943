import { readFile } from 'node:fs/promises'
import { Agent, request } from 'undici'
import { z } from 'zod'

/** Whom a server takes the bearer of a token for. */
export type ReviewAnswer =
  | { readonly state: 'known'; readonly username: string; readonly groups: readonly string[] }
  /** Anything else than a review: 401 is what a bad token must get. */
  | { readonly state: 'refused'; readonly status: number; readonly message: string }
  | { readonly state: 'unreachable'; readonly reason: string }

const reviewSchema = z.object({
  kind: z.literal('SelfSubjectReview'),
  status: z.object({
    userInfo: z.object({ username: z.string(), groups: z.array(z.string()).default([]) }),
  }),
})
const statusSchema = z.object({ message: z.string() })

/**
 * Asks the Kubernetes API at `server` who the bearer of `token` is (SelfSubjectReview,
 * authentication.k8s.io/v1, which everybody who is logged in may create). Only certificates of the
 * authority in `certificateAuthorityFile` are accepted.
 */
export async function reviewToken({
  server,
  certificateAuthorityFile,
  token,
  signal,
}: {
  server: string
  certificateAuthorityFile: string
  token: string
  signal: AbortSignal
}): Promise<ReviewAnswer> {
  const agent = new Agent({ connect: { ca: await readFile(certificateAuthorityFile) } })
  try {
    const { statusCode, body } = await request(`${server}/apis/authentication.k8s.io/v1/selfsubjectreviews`, {
      method: 'POST',
      dispatcher: agent,
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        accept: 'application/json',
      },
      body: JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' }),
      signal,
    })
    return toAnswer(statusCode, await body.text())
  } catch (cause) {
    signal.throwIfAborted()
    return { state: 'unreachable', reason: (cause as Error).message }
  } finally {
    await agent.close()
  }
}

/** Pure. */
export function toAnswer(status: number, text: string): ReviewAnswer {
  const content = parse(text)
  const review = reviewSchema.safeParse(content)
  if (status === 201 && review.success) {
    const { username, groups } = review.data.status.userInfo
    return { state: 'known', username, groups }
  }
  const said = statusSchema.safeParse(content)
  return { state: 'refused', status, message: said.success ? said.data.message : text.slice(0, 200) }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
