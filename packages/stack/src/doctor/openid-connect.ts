import { CLIENT_ID } from '../clients.ts'
import type { StackStatus } from '../status.ts'
import { type Check, command, notRunning, runningStatus } from './context.ts'
import { error } from './finding.ts'
import { judgeClaims, judgeForged, judgeIdentities, type Servers } from './openid-connect-judgement.ts'
import { reviewToken } from './self-subject-review.ts'
import { claimsOf, forge } from './token.ts'

/**
 * Logs a person in at dex and shows the token to the API server and to the proxy: both must take the bearer
 * for that person, and neither may take one whose claims were changed.
 */
export const openIdConnectCheck: Check = {
  name: 'openid connect',
  run: async (context) => {
    const status = runningStatus(context)
    const servers = status && serversOf(status)
    const person = status?.people.find(({ groups }) => groups.length > 0) ?? status?.people[0]
    if (context.stack.state !== 'present' || !status || !servers || !person) {
      return [notRunning(context, 'nobody logged in, and no token was shown to the API server and the proxy')]
    }
    const { signal } = context
    let token: string
    try {
      token = await context.stack.stack.idToken(person.email, signal)
    } catch (cause) {
      signal.throwIfAborted()
      return [
        error(
          `${person.email} could not log in at dex: ${cause instanceof Error ? cause.message : String(cause)}`,
          `See why: ${command(context, 'logs dex')}`,
        ),
      ]
    }
    const ask = async (asked: string) => {
      const answers = Object.entries(servers).map(
        async ([name, server]) => [name, await reviewToken({ ...server, token: asked, signal })] as const,
      )
      return Object.fromEntries(await Promise.all(answers))
    }
    const [identities, forged] = await Promise.all([ask(token), ask(forge(token))])
    return [
      judgeClaims(claimsOf(token), {
        issuer: status.issuer,
        clientId: CLIENT_ID,
        email: person.email,
        nowSeconds: Date.now() / 1000,
      }),
      ...judgeIdentities(identities, person, context),
      ...judgeForged(forged),
    ]
  },
}

/** Where the token must be good; undefined when the stack has no cluster. */
function serversOf({ cluster, urls, certificateAuthorityFile }: StackStatus): Servers | undefined {
  const proxy = urls['apiserver-proxy']
  if (!cluster || proxy === undefined) return undefined
  const { server, certificateAuthorityFile: ofCluster, issuerTrusted } = cluster
  return {
    // Somebody else's cluster does not know dex.
    ...(issuerTrusted ? { 'kube-apiserver': { server, certificateAuthorityFile: ofCluster } } : {}),
    'apiserver-proxy': { server: proxy, certificateAuthorityFile },
  }
}
