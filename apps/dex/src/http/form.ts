import type { IncomingMessage } from 'node:http'
import { RequestError } from './request-error.ts'

/** No form of Dex is larger; a client's token request with a long code is about 1 KiB. */
const LIMIT_BYTES = 56 * 1024

/**
 * Reads an `application/x-www-form-urlencoded` body.
 *
 * @throws RequestError for another type, a body that is too large or one that breaks off
 */
export async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase()
  if (type !== 'application/x-www-form-urlencoded') {
    throw new RequestError(415, 'The body must be application/x-www-form-urlencoded.')
  }
  const chunks: Buffer[] = []
  let length = 0
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      length += (chunk as Buffer).length
      if (length > LIMIT_BYTES) throw new RequestError(413, 'The body is too large.')
      chunks.push(chunk as Buffer)
    }
  } catch (error) {
    if (error instanceof RequestError) throw error
    throw new RequestError(400, 'The body broke off.')
  }
  return new URLSearchParams(Buffer.concat(chunks).toString('utf8'))
}
