import { isDeepStrictEqual } from 'node:util'
import { command, type Named } from './context.ts'
import { error, type Judgement, ok, skipped } from './finding.ts'
import type { ReviewAnswer } from './self-subject-review.ts'
import type { Claims } from './token.ts'

/** The servers that a token is shown to, by name. */
export type Servers = Readonly<
  Record<string, { readonly server: string; readonly certificateAuthorityFile: string }>
>
export type Answers = Readonly<Record<string, ReviewAnswer>>

/** The group that Kubernetes adds to everybody who is logged in. */
const AUTHENTICATED = 'system:authenticated'

/** What must stand in the token (OpenID Connect Core section 3.1.3.7). Pure. */
export function judgeClaims(
  { iss, aud, exp, email }: Claims,
  expected: { issuer: string; clientId: string; email: string; nowSeconds: number },
): Judgement {
  const expiry = new Date(exp * 1000).toISOString()
  const problems = [
    ...(iss === expected.issuer ? [] : [`iss is ${iss}, not ${expected.issuer}`]),
    ...(aud.includes(expected.clientId) ? [] : [`aud is ${aud.join(', ')}, not ${expected.clientId}`]),
    ...(exp > expected.nowSeconds ? [] : [`exp is ${expiry}, which is over`]),
    ...(email === expected.email ? [] : [`email is ${email ?? 'missing'}, not ${expected.email}`]),
  ]
  if (problems.length > 0) {
    return error(
      `the ID token of ${expected.email} is wrong: ${problems.join('; ')}`,
      'Look at config/dex.yaml in the state directory and at the clock; then start the stack anew',
    )
  }
  return ok(`dex gave ${email} an ID token: iss ${iss}, aud ${aud.join(', ')}, exp ${expiry}`)
}

/** Everybody must take the bearer for the person of the configuration, with the same groups. Pure. */
export function judgeIdentities(
  answers: Answers,
  person: { email: string; groups: readonly string[] },
  stack: Named,
): Judgement[] {
  const expected = [...new Set([...person.groups, AUTHENTICATED])].toSorted()
  return Object.entries(answers).map(([server, answer]) => {
    const remedy = `See why: ${command(stack, `logs ${server}`)}`
    if (answer.state === 'unreachable') return error(`${server} can't be asked: ${answer.reason}`, remedy)
    if (answer.state === 'refused') {
      return error(
        `${server} does not accept ${person.email}'s token: ${answer.status} ${answer.message}`,
        remedy,
      )
    }
    const groups = [...new Set(answer.groups)].toSorted()
    const who = `${answer.username} (${groups.join(', ')})`
    if (answer.username === person.email && isDeepStrictEqual(groups, expected)) {
      return ok(`${server} knows the bearer as ${who}`)
    }
    return error(
      `${server} takes the bearer for ${who}, but the configuration says ${person.email} (${expected.join(', ')})`,
      `Compare the claims and prefixes in its configuration with dex's. ${remedy}`,
    )
  })
}

/** Nothing but 401 will do: another refusal may come after the token was believed. Pure. */
export function judgeForged(answers: Answers): Judgement[] {
  return Object.entries(answers).map(([server, answer]) => {
    if (answer.state === 'unreachable') return skipped(`${server} can't be shown a forged token`)
    if (answer.state === 'refused' && answer.status === 401)
      return ok(`${server} refuses a forged token (401)`)
    const did =
      answer.state === 'known'
        ? `accepted a forged token as ${answer.username}`
        : `answered a forged token with ${answer.status}, not 401: ${answer.message}`
    return error(
      `${server} ${did}`,
      'Do not use this stack: signatures are not checked there. Look at its configuration of issuers, and report it',
    )
  })
}
