import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { Provider } from 'oidc-provider'

// A bare oidc-provider with its own in-memory storage and the least page that logs somebody in: what a
// login costs with it alone. Writes its origin as a line once it listens.

const client = {
  client_id: 'bench',
  client_secret: 'bench-secret',
  redirect_uris: ['https://client.invalid/callback'],
}
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const server = createServer()
server.listen(0, '127.0.0.1')
await once(server, 'listening')
const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

const provider = new Provider(origin, {
  clients: [client],
  jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: 'bench', alg: 'RS256', use: 'sig' }] },
  cookies: { keys: ['bench'] },
  pkce: { required: () => false },
  claims: { openid: ['sub'], email: ['email', 'email_verified'], groups: ['groups'] },
  conformIdTokenClaims: false,
  features: { devInteractions: { enabled: false } },
  findAccount: (_, accountId) => ({
    accountId,
    claims: () => ({ sub: accountId, email: accountId, email_verified: true, groups: ['authors'] }),
  }),
  async loadExistingGrant(ctx) {
    const grant = new provider.Grant({
      clientId: ctx.oidc.client!.clientId,
      accountId: ctx.oidc.session!.accountId!,
    })
    grant.addOIDCScope('openid email groups')
    await grant.save()
    return grant
  },
  interactions: { url: (_, { uid }) => `/interaction/${uid}` },
})
const callback = provider.callback()

async function interact(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { uid } = await provider.interactionDetails(request, response)
  if (request.method === 'GET') {
    const page = `<!doctype html><form method="post" action="/interaction/${uid}"><input name="login"></form>`
    response.writeHead(200, { 'Content-Type': 'text/html' }).end(page)
    return
  }
  const form = new URLSearchParams(await text(request))
  await provider.interactionFinished(request, response, { login: { accountId: form.get('login') ?? '' } })
}

server.on('request', (request, response) => {
  if (!request.url?.startsWith('/interaction/')) {
    void callback(request, response)
    return
  }
  interact(request, response).catch((error: unknown) => {
    process.stderr.write(`${String(error)}\n`)
    response.destroy()
  })
})
process.stdout.write(`${origin}\n`)
process.on('SIGTERM', () => process.exit(0))
