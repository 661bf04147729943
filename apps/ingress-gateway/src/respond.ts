import { constants } from 'node:http2'
import { status } from '@gatehouse/server'
import { html } from '@gatehouse/server/html'
import { page, PAGE_HEADERS } from './page.ts'
import { cut, type HttpResponse } from './protocol.ts'
import type { Refusal } from './refusal.ts'

/** A body with its headers. */
export interface Answer {
  readonly code: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/**
 * The answer to a refused request: HTML for those who ask for it by name (browsers), a `metav1.Status` for
 * everybody else. An HTTP/1.1 connection ends with it, since what follows on it can't be trusted either.
 */
export function answerTo(refusal: Refusal, accept: string | undefined): Answer {
  const { code, reason, message, headers = {} } = refusal
  const connection = { Connection: 'close', Vary: 'Accept', ...headers }
  if (prefersHtml(accept)) {
    return { code, headers: { ...PAGE_HEADERS, ...connection }, body: refusalPage(refusal) }
  }
  const causes = refusal.inspect ? [{ reason: 'Inspect', message: refusal.inspect }] : undefined
  const document = status({ code, reason, message, ...(causes ? { details: { causes } } : {}) })
  return {
    code,
    headers: {
      'Content-Type': 'application/json',
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      ...connection,
    },
    body: `${JSON.stringify(document)}\n`,
  }
}

/** Ends `response` with `answer`; cuts it when another answer has begun. */
export function respond(response: HttpResponse, answer: Answer): void {
  if (response.headersSent) return cut(response)
  const { Connection, ...headers } = answer.headers
  const length = { 'Content-Length': Buffer.byteLength(answer.body) }
  if ('stream' in response) {
    response.writeHead(answer.code, { ...headers, ...length })
    // What is left of the request is not waited for (RFC 9113 §8.1).
    response.end(answer.body, () => response.stream.close(constants.NGHTTP2_NO_ERROR))
    return
  }
  response.writeHead(answer.code, { ...headers, ...length, ...(Connection ? { Connection } : {}) })
  response.end(answer.body)
}

/** Whether an Accept header (RFC 9110 §12.5.1) names text/html and rates it at least as high as JSON. */
export function prefersHtml(accept: string | undefined): boolean {
  const quality = new Map<string, number>()
  for (const range of (accept ?? '').split(',')) {
    const [type, ...parameters] = range.split(';').map((part) => part.trim().toLowerCase())
    const q = parameters.find((parameter) => parameter.startsWith('q='))
    quality.set(type!, q === undefined ? 1 : Number(q.slice(2)) || 0)
  }
  const wantsHtml = quality.get('text/html') ?? 0
  return wantsHtml > 0 && wantsHtml >= (quality.get('application/json') ?? 0)
}

/** What may be gone at the next try. */
const PASSING = new Set([408, 502, 504])

function refusalPage({ code, title, message, served, inspect }: Refusal): string {
  const hosts = served?.map((host) => html`<li><code>${host}</code></li>`) ?? []
  return page(
    title,
    `${code} · Gatehouse ingress gateway`,
    html`<p>${message}.</p>
      ${
        hosts.length > 0
          ? html`<h2>Hosts that are served</h2>
              <ul>
                ${hosts}
              </ul>`
          : ''
      }
      ${
        inspect
          ? html`<h2>How to look</h2>
              <pre tabindex="0" aria-label="Command that tells more"><code>${inspect}</code></pre>`
          : ''
      }
      ${PASSING.has(code) ? html`<p><a href="">Try again</a></p>` : ''}`,
  )
}
