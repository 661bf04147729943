import type { ServerResponse } from 'node:http'
import { errorPage } from '../pages/error.ts'
import type { Html } from '@gatehouse/server/html'
import { page } from '../pages/page.ts'
import type { Exchange } from './exchange.ts'
import { contentSecurityPolicy } from './security-headers.ts'

export interface PageAnswer {
  readonly status?: number
  readonly title: string
  readonly body: Html
  /** Where a form of the page may lead in the end, beside this server. */
  readonly formTarget?: string | readonly string[]
}

/** Where the style sheet is, below the issuer. */
export const STYLESHEET_PATH = '/theme/styles.css'

export function sendPage(exchange: Exchange, answer: PageAnswer): void {
  const { status = 200, title, body, formTarget } = answer
  const markup = page({ title, body, stylesheet: exchange.basePath + STYLESHEET_PATH }).toString()
  exchange.response.setHeader('Content-Security-Policy', contentSecurityPolicy(...[formTarget ?? []].flat()))
  send(exchange.response, status, 'text/html; charset=utf-8', markup)
}

/** An error that can't or must not be told to the client by a redirect. */
export function sendErrorPage(exchange: Exchange, status: number, message: string): void {
  sendPage(exchange, { status, title: 'Error', body: errorPage(status, message) })
}

export function sendJson(exchange: Exchange, status: number, value: unknown): void {
  send(exchange.response, status, 'application/json', JSON.stringify(value, undefined, 2))
}

/** An error of OAuth2 in JSON (RFC 6749 section 5.2). */
export function sendOAuthError(exchange: Exchange, status: number, error: string, description: string): void {
  sendJson(exchange, status, { error, error_description: description })
}

/** `location` is a path of this server, with the issuer's, or what was checked to be the client's. */
export function redirect(exchange: Exchange, status: 302 | 303, location: string): void {
  exchange.response.writeHead(status, { Location: location, 'Content-Length': 0 }).end()
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(body) }).end(body)
}
