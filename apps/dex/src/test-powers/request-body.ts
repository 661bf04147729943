import type { IncomingMessage } from 'node:http'
import type { z } from 'zod'
import { ProblemError } from './problem.ts'

/** A user in thousands of groups fits. */
const LIMIT_BYTES = 512 * 1024

/**
 * Reads a JSON body.
 *
 * @throws ProblemError 400, 413
 */
export async function readJsonBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    length += (chunk as Buffer).length
    if (length > LIMIT_BYTES) throw new ProblemError(413, `The body has more than ${LIMIT_BYTES} bytes.`)
    chunks.push(chunk as Buffer)
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown
  } catch {
    // The parser's own message quotes the body, which may hold a password.
    throw new ProblemError(400, 'The body is not JSON.')
  }
}

/**
 * The body as its schema makes it.
 *
 * @throws ProblemError 400 with everything that is wrong
 */
export function checkBody(schema: z.ZodType, body: unknown): unknown {
  const parsed = schema.safeParse(body)
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.map(({ path, message }) => ({
    path: path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join(''),
    message,
  }))
  throw new ProblemError(400, 'The body is not what this operation takes.', problems)
}
