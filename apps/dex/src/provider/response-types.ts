import type { ResponseType } from '../config/oauth2.ts'

/** What is wrong with a `response_type`, in Dex's words. */
export interface ResponseTypeProblem {
  readonly error: 'invalid_request' | 'unsupported_response_type'
  readonly description: string
}

/**
 * What is wrong with the response types that a client asks for; undefined when all is well. Pure.
 *
 * @see Dex, server/oauth2.go, parseAuthorizationRequest
 */
export function responseTypeProblem(
  asked: string,
  supported: readonly ResponseType[],
  nonce: unknown,
): ResponseTypeProblem | undefined {
  const types = responseTypes(asked)
  const invalid = (description: string) => ({ error: 'invalid_request' as const, description })
  if (types.length === 0) return invalid('No response_type provided')
  const unsupported = types.find((type) => !supported.some((one) => one === type))
  if (unsupported !== undefined) {
    const shown = unsupported.replaceAll(/[^a-z_]/g, '?')
    return { error: 'unsupported_response_type', description: `Unsupported response type "${shown}"` }
  }
  if (types.length === 1 && types[0] === 'token') {
    return invalid("Response type 'token' must be provided with type 'id_token' and/or 'code'")
  }
  // Without it a token that was given to another could be passed off here.
  if (types.includes('id_token') && !nonce)
    return invalid("Response type 'id_token' requires a 'nonce' value.")
  return undefined
}

/** The members of a `response_type`. Pure. */
export function responseTypes(asked: unknown): string[] {
  return typeof asked === 'string' ? [...new Set(asked.split(' ').filter(Boolean))] : []
}

/** Whether tokens stand in the answer to the authorization request itself. Pure. */
export function isImplicitOrHybrid(types: readonly string[]): boolean {
  return types.includes('id_token') || types.includes('token')
}
