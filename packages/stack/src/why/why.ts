import { setTimeout as delay } from 'node:timers/promises'
import { explain, rbacPolicy } from '@gatehouse/authorization/rbac'
import { StackError } from '../errors.ts'
import { findStack } from '../running-stack.ts'
import { stateDirectory } from '../state-directory.ts'
import type { StackStatus } from '../status.ts'
import { accessLinesOf, lastAuditId, type LastRequest } from './access-log.ts'
import { auditEventsOf } from './audit-log.ts'
import { joinLogs, lacksSomething } from './join.ts'
import { readRbac } from './read-rbac.ts'
import type { WhyReport } from './report.ts'

export interface WhyOptions {
  /** The stack's name. */
  readonly name: string
  /** The directory of all stacks; see `stateRoot`. */
  readonly root: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** An Audit-ID, or which of the proxy's last requests is meant. */
  readonly request: string | LastRequest
  readonly signal: AbortSignal
}

const PROXY = 'apiserver-proxy'

/**
 * Tells the story of one request from the proxy's access log, the API server's audit log and the roles and bindings
 * that are in the cluster now.
 *
 * @throws StackError `ERR_NOT_RUNNING`, `ERR_UNKNOWN_REQUEST`
 */
export async function why({ name, root, env, request, signal }: WhyOptions): Promise<WhyReport> {
  const status = await (await findStack(root, name)).status()
  const { cluster } = status
  if (!cluster) {
    throw new StackError('ERR_NOT_RUNNING', `the stack "${name}" is ${status.phase}; look again in a while`)
  }
  const auditId = typeof request === 'string' ? request : await idOfLast(status, request, signal)
  const report = await find(status, auditId, signal)
  const {
    user,
    request: { attributes },
  } = report
  if (user === undefined || attributes === undefined) return report
  try {
    const policy = rbacPolicy(await readRbac({ cluster, state: stateDirectory(root, name), env, signal }))
    return withRbac(report, explain(policy, user, attributes))
  } catch (error) {
    if (!(error instanceof StackError)) throw error
    return {
      ...report,
      notes: [...report.notes, `The roles and bindings could not be read: ${error.message}`],
    }
  }
}

/** Adds what the roles and bindings say now, and whether the decision that was made differs. Pure. */
export function withRbac(report: WhyReport, rbac: NonNullable<WhyReport['rbac']>): WhyReport {
  const { proxy, apiserver, notes } = report
  const decided = apiserver?.decision ?? (proxy?.decision === 'refused' ? undefined : proxy?.decision)
  const differs = decided !== undefined && (decided === 'allowed') !== rbac.allowed
  const note = `By the roles and bindings that are there now it would be ${rbac.allowed ? 'allowed' : 'denied'}: they changed since, or another authorizer decided.`
  return { ...report, rbac, notes: differs ? [...notes, note] : notes }
}

async function idOfLast(status: StackStatus, request: LastRequest, signal: AbortSignal): Promise<string> {
  const auditId = await lastAuditId(proxyLog(status), request, signal)
  if (auditId !== undefined) return auditId
  const which = [request.denied ? 'that was denied' : '', request.user ? `of ${request.user}` : '']
  throw new StackError(
    'ERR_UNKNOWN_REQUEST',
    ['the proxy has had no request', ...which, 'yet; make one with a kubeconfig of "gatehouse kubeconfig"']
      .filter(Boolean)
      .join(' '),
  )
}

/** Both logs may be written a moment after the client has its answer. */
const LOGGED_WITHIN_MS = 2000

async function find(status: StackStatus, auditId: string, signal: AbortSignal): Promise<WhyReport> {
  const auditLog = status.cluster?.auditLog
  const logFile = proxyLog(status)
  const until = Date.now() + LOGGED_WITHIN_MS
  for (;;) {
    const [accessLines, auditEvents] = await Promise.all([
      accessLinesOf(logFile, auditId, signal),
      auditLog === undefined ? null : auditEventsOf(auditLog, auditId, signal),
    ])
    const found = { auditId, accessLines, auditEvents }
    if (Date.now() < until && lacksSomething(found)) await delay(100, undefined, { signal })
    else if (accessLines.length > 0 || (auditEvents ?? []).length > 0) return joinLogs(found)
    else throw unknown(auditId, logFile, auditLog)
  }
}

function unknown(auditId: string, logFile: string, auditLog: string | undefined): StackError {
  const audit =
    auditLog === undefined
      ? 'and this cluster has no audit log that can be read here'
      : `nor in the API server's audit log (${auditLog})`
  return new StackError(
    'ERR_UNKNOWN_REQUEST',
    `no request with the Audit-ID ${JSON.stringify(auditId)} is in the proxy's log (${logFile}), ${audit}. ` +
      'Each answer has the ID in its header Audit-ID (kubectl shows it with -v=8); old lines go away.',
  )
}

function proxyLog({ name, processes }: StackStatus): string {
  const proxy = processes.find((process) => process.name === PROXY)
  if (proxy) return proxy.logFile
  throw new StackError('ERR_NOT_RUNNING', `the stack "${name}" has no ${PROXY} yet; see "gatehouse status"`)
}
