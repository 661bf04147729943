import { printable } from '@gatehouse/server/printable'
import type { WhyReport } from '@gatehouse/stack/why'
import type { Colors } from 'picocolors/types.js'
import { columns } from './table.ts'

/** The story of a request, for people: who, what, what each authority said, and why. Pure. */
export function describeWhy(report: WhyReport, colors: Colors): string[] {
  const { auditId, time, user, request, proxy, apiserver, rbac, notes } = report
  const groups = user?.groups.length ? ` (${user.groups.join(', ')})` : ''
  const rows = [
    ['Request', `${request.line}${request.from === undefined ? '' : `, from ${request.from}`}`],
    ['Audit-ID', `${auditId}, ${time}`],
    ['Who', user === undefined ? 'nobody that could be made out' : `${user.name}${groups}`],
    ['Proxy', describeProxy(proxy)],
    ['API server', describeApiserver(apiserver)],
  ]
  const paint = outcomeOf(report) === 'allowed' ? colors.green : colors.red
  const [decision, ...reasons] = (rbac?.sentences ?? []).map(printable)
  return [
    ...columns(rows),
    ...(decision === undefined ? [] : ['', paint(decision), ...reasons.map((reason) => `  ${reason}`)]),
    ...(notes.length === 0 ? [] : ['', ...notes.map((note) => colors.yellow(`! ${printable(note)}`))]),
  ]
}

function outcomeOf({ proxy, apiserver, rbac }: WhyReport): 'allowed' | 'denied' {
  if (rbac) return rbac.allowed ? 'allowed' : 'denied'
  return (apiserver?.decision ?? proxy?.decision) === 'allowed' ? 'allowed' : 'denied'
}

function describeProxy(proxy: WhyReport['proxy']): string {
  if (proxy === undefined) return 'has no line of it'
  const { decision, status, reason, durationMs } = proxy
  return `${decision}, ${status} after ${Math.round(durationMs)} ms${reason === undefined ? '' : `: ${reason}`}`
}

function describeApiserver(apiserver: WhyReport['apiserver']): string {
  if (apiserver === null) return 'its audit log can not be read'
  if (apiserver === undefined) return 'was not asked to do it, as far as its audit log says'
  const { decision = 'no decision', reason, status, impersonator, isUnderWay } = apiserver
  return [
    decision,
    status === undefined ? '' : `, ${status}`,
    isUnderWay ? ', still under way' : '',
    impersonator === undefined ? '' : `, asked by ${impersonator} in the user's name`,
    reason === undefined ? '' : `: ${reason}`,
  ].join('')
}
