import type { StaticClient } from '../config/static-clients.ts'
import { equalInConstantTime } from '../http/browser-cookie.ts'

/**
 * The client that a form and an Authorization header prove to come from, by client_secret_basic or
 * client_secret_post; a public client without a secret proves nothing. Undefined when it is none. Pure.
 *
 * @see RFC 6749 section 2.3.1
 */
export function authenticateClient(
  clients: ReadonlyMap<string, StaticClient>,
  form: URLSearchParams,
  authorization: string | undefined,
): StaticClient | undefined {
  const basic = authorization === undefined ? undefined : basicCredentials(authorization)
  if (authorization !== undefined && !basic) return undefined
  const { id, secret } = basic ?? { id: form.get('client_id') ?? '', secret: form.get('client_secret') ?? '' }
  const client = clients.get(id)
  return client && equalInConstantTime(secret, client.secret) ? client : undefined
}

/** The pair of an `Authorization: Basic` header; both are form-encoded in it. */
export function basicCredentials(authorization: string): { id: string; secret: string } | undefined {
  const encoded = /^basic ([A-Za-z0-9+/]+={0,2})$/i.exec(authorization)?.[1]
  const [id, ...secret] = Buffer.from(encoded ?? '', 'base64')
    .toString('utf8')
    .split(':')
  if (encoded === undefined || id === undefined || secret.length === 0) return undefined
  return { id: formDecoded(id), secret: formDecoded(secret.join(':')) }
}

function formDecoded(text: string): string {
  return new URLSearchParams(`value=${text.replaceAll('&', '%26')}`).get('value') ?? ''
}
