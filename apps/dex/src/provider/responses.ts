import type { ErrorOut, KoaContextWithOIDC } from 'oidc-provider'
import type { DexConfig } from '../config/dex-config.ts'
import { STYLESHEET_PATH } from '../http/respond.ts'
import { errorPage } from '../pages/error.ts'
import { page } from '../pages/page.ts'

/**
 * What can't be told to the client by a redirect: a page for people, JSON at the token endpoint. An unknown
 * client is 404 and a redirect URI that is not its own 400, as in Dex.
 */
export function renderError(config: DexConfig) {
  const basePath = new URL(config.issuer).pathname.replace(/\/$/, '')
  return (ctx: KoaContextWithOIDC, out: ErrorOut): void => {
    const params = ctx.oidc.params ?? {}
    const status = out.error === 'invalid_client' ? 404 : ctx.status
    const messages: Readonly<Record<string, string>> = {
      invalid_client: `Invalid client_id (${JSON.stringify(params['client_id'] ?? '')}).`,
      invalid_redirect_uri: `Unregistered redirect_uri (${JSON.stringify(params['redirect_uri'] ?? '')}).`,
      server_error: 'Internal server error.',
    }
    const message = messages[out.error] ?? out.error_description ?? out.error
    ctx.type = 'html'
    ctx.body = page({
      title: 'Error',
      body: errorPage(status, message),
      stylesheet: basePath + STYLESHEET_PATH,
    }).toString()
    ctx.status = status
  }
}

/** oidc-provider has its own mind about cookies and CORS; both are decided before it is asked. */
const DECIDED_BEFORE = [
  'Set-Cookie',
  'Vary',
  'Access-Control-Allow-Origin',
  'Access-Control-Allow-Credentials',
  'Access-Control-Expose-Headers',
] as const

/** Lets only those cookies and CORS headers out that the endpoint has set. */
export async function keepOwnHeaders(ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> {
  const own = DECIDED_BEFORE.map((name) => [name, ctx.res.getHeader(name)] as const)
  await next()
  for (const [name, value] of own) {
    ctx.res.removeHeader(name)
    if (value !== undefined) ctx.res.setHeader(name, value)
  }
}
