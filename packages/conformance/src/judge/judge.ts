import type { Question, Result } from '../result.ts'
import { whoRefused } from './refusal.ts'

/** What came back over the wire. */
export interface HttpAnswer {
  readonly status: number
  readonly contentType: string
  /** The beginning of the body, or all of it. */
  readonly body: string
}

export interface Judgement {
  readonly result: Result
  /** The `reason` of a Status; empty if there is none. */
  readonly reason: string
  /** What the answer said, or what is wrong with it. */
  readonly message: string
}

/** Answers that come after authorization: it is not there, or not like this. */
const AUTHORIZED: ReadonlySet<number> = new Set([400, 404, 405, 409, 415, 422])

/**
 * What an answer says about the right to ask. A yes or a no must look like the API server's: anything that does
 * not (a page of a gateway, a 403 that the authorizer did not write) is no pass. Pure.
 */
export function judge(answer: HttpAnswer, question: Question, username: string): Judgement {
  const { status } = answer
  const document = statusDocument(answer)
  const reason = document?.reason ?? ''
  const message = document?.message ?? ''
  const inconclusive = (why: string): Judgement => ({ result: 'inconclusive', reason, message: why })
  const short = answer.body.slice(0, 200).replaceAll(/\s+/g, ' ')
  if (status === 101) {
    return question.transport === 'http'
      ? inconclusive('the protocol was switched, which nobody had asked for')
      : { result: 'allowed', reason, message: '' }
  }
  if (status >= 200 && status < 300) {
    if (question.transport !== 'http')
      return inconclusive(`the protocol was not switched, the answer is ${status}`)
    return isOfApi(answer, question)
      ? { result: 'allowed', reason, message: '' }
      : inconclusive(`the answer is ${status}, but not of the Kubernetes API: ${short}`)
  }
  if (status === 401) {
    return document
      ? { result: 'unauthenticated', reason, message }
      : inconclusive(`the answer is 401, but not of the Kubernetes API: ${short}`)
  }
  if (status === 403) {
    if (!document) return inconclusive(`the answer is 403, but not of the Kubernetes API: ${short}`)
    const who = whoRefused(message, question, username)
    if (who.by === 'authorizer') return { result: 'denied', reason, message }
    if (who.by === 'other') return { result: 'refused', reason, message }
    return inconclusive(`the refusal is about something else: ${who.about}`)
  }
  if (AUTHORIZED.has(status)) {
    if (/html/i.test(answer.contentType))
      return inconclusive(`the answer is ${status}, and a web page: ${short}`)
    return { result: 'allowed', reason, message: message || short }
  }
  return inconclusive(`the answer is ${status}: ${message || short}`)
}

interface StatusDocument {
  readonly reason: string
  readonly message: string
}

function statusDocument({ contentType, body }: HttpAnswer): StatusDocument | undefined {
  if (!/json/i.test(contentType)) return undefined
  try {
    const {
      kind,
      reason = '',
      message = '',
    } = JSON.parse(body) as Partial<StatusDocument> & { kind?: string }
    return kind === 'Status' ? { reason, message } : undefined
  } catch {
    return undefined
  }
}

/** A kind at the beginning of a JSON body; what is proxied, logs and non-resource paths may have any. */
function isOfApi({ contentType, body }: HttpAnswer, question: Question): boolean {
  if (/html/i.test(contentType)) return false
  const { nonResourcePath, subresource, verb } = question
  if (nonResourcePath !== '' || subresource === 'log' || subresource === 'proxy') return true
  if (!/json/i.test(contentType)) return false
  return verb === 'watch' || /"kind"\s*:\s*"/.test(body)
}
