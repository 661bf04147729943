import { parseRequestTarget, requestInfo } from '@gatehouse/authorization'
import { judge, type Judgement } from '../../judge/judge.ts'
import { whoRefused } from '../../judge/refusal.ts'
import type { Question } from '../../result.ts'
import { errorOf, type Exchange, exchangesOf } from './exchanges.ts'

export interface JudgedCommand extends Judgement {
  /** The request that decided. */
  readonly exchange: Exchange | undefined
}

/**
 * What a command's end says about the right to ask: the answer to the request that the question is about, or, as
 * kubectl asks for other things first, the refusal of one of those: who gets no further can not do it. Pure.
 */
export function judgeCommand(
  { exitCode, stderr }: { readonly exitCode: number | undefined; readonly stderr: string },
  question: Question,
  username: string,
): JudgedCommand {
  const exchanges = exchangesOf(stderr)
  const error = errorOf(stderr)
  const own = exchanges.findLast((exchange) => isAbout(exchange, question))
  const said = error?.message ?? lastLine(stderr)
  if (own) {
    const body = JSON.stringify({ kind: 'Status', ...error })
    const judged = judge({ status: own.status, contentType: 'application/json', body }, question, username)
    return { ...judged, exchange: own }
  }
  const last = exchanges.at(-1)
  const isRefused = last?.status === 403 && error !== undefined
  if (isRefused && isAboutUser(error.message, question, username)) {
    return { result: 'denied', ...error, exchange: last }
  }
  const message = `kubectl ended with ${exitCode ?? 'a signal'} before it asked: ${said}`
  return { result: 'inconclusive', reason: error?.reason ?? '', message, exchange: last }
}

function isAbout({ method, url }: Exchange, question: Question): boolean {
  const { pathname, search } = new URL(url)
  const info = requestInfo(method, parseRequestTarget(pathname + search))
  if (question.nonResourcePath !== '')
    return !info.isResourceRequest && info.path === question.nonResourcePath
  // A namespace counts as in itself.
  const isNamespace = question.group === '' && question.resource === 'namespaces'
  // kubectl gives up WebSockets for SPDY by itself where they are refused.
  const isUpgrade = question.transport !== 'http' && (info.verb === 'get' || info.verb === 'create')
  return (
    (isUpgrade || info.verb === question.verb) &&
    info.apiGroup === question.group &&
    info.resource === question.resource &&
    info.subresource === question.subresource &&
    (isNamespace || info.namespace === question.namespace)
  )
}

/** Whether the authorizer refused this user anything. */
function isAboutUser(message: string, question: Question, username: string): boolean {
  const who = whoRefused(message, question, username)
  return who.by === 'authorizer' || (who.by === 'unrelated' && who.user === username)
}

function lastLine(text: string): string {
  return text.trimEnd().split('\n').at(-1) ?? ''
}
