import type { Logger } from '@gatehouse/server'
import { DexError, type DexErrorCode } from '../errors.ts'
import type { Exchange } from '../http/exchange.ts'
import { sendErrorPage } from '../http/respond.ts'

const ANSWERS: Partial<Record<DexErrorCode, { readonly status: number; readonly message: string }>> = {
  // As in Dex, which does not tell a gateway's failure from its own.
  ERR_UPSTREAM: { status: 500, message: 'Login error.' },
  ERR_UPSTREAM_DENIED: { status: 401, message: 'Failed to authenticate.' },
  ERR_NOT_ALLOWED: { status: 403, message: 'You are not allowed to log in here.' },
}

/** Answers what a connector could not do with a page that tells no details; those stand in the log. */
export function sendUpstreamError(
  exchange: Exchange,
  error: unknown,
  facts: { readonly connectorID: string; readonly clientID: string },
  logger: Logger,
): void {
  const answer = error instanceof DexError ? ANSWERS[error.code] : undefined
  if (!answer) throw error
  const { code, message } = error as DexError
  logger.warn({ ...facts, code, reason: message }, 'login failed')
  sendErrorPage(exchange, answer.status, answer.message)
}
