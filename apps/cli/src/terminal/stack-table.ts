import type { StackStatus } from '@gatehouse/stack/running'
import type { ProcessState } from '@gatehouse/supervisor'
import { colors } from './colors.ts'
import { columns } from './table.ts'

/** The stack as lines for people: processes, addresses, people. */
export function describeStack(status: StackStatus): string[] {
  return [
    `${colors.bold(status.name)}: ${status.phase}, process ${status.pid}`,
    '',
    ...describeProcesses(status.processes),
    ...describeAccess(status),
  ]
}

/** Where the stack is reached, and by whom. */
export function describeAccess(status: StackStatus): string[] {
  const urls = Object.entries(status.urls)
  if (status.cluster) {
    urls.push(['kube-apiserver', status.cluster.server], ['kubectl', status.cluster.kubectl])
  }
  const people = status.people.map(({ email, groups }) => [`  ${email}`, groups.join(', ') || '(no group)'])
  const lines = ['', ...columns(urls.map(([service, url]) => [`  ${service}`, url])), '', ...columns(people)]
  if (status.cluster?.execUnavailable) {
    lines.push('', colors.yellow(`kubectl exec is off: ${status.cluster.execUnavailable}`))
  }
  if (status.cluster?.issuerTrusted === false) {
    lines.push('', 'The cluster itself does not know dex: its tokens are good at the apiserver-proxy alone.')
  }
  return lines
}

/** One line per process: name, phase, how long it took, how often it was restarted. */
export function describeProcesses(processes: readonly ProcessState[]): string[] {
  const rows = processes.map((process) => [
    `  ${symbol(process)} ${process.name}`,
    process.phase,
    process.healthyAt && process.startedAt
      ? `${((process.healthyAt - process.startedAt) / 1000).toFixed(1)} s`
      : '',
    [process.restarts > 0 ? `restarted ${process.restarts}×` : '', process.lastExit ?? '']
      .filter(Boolean)
      .join(', '),
  ])
  return columns(rows).map((line) => line.trimEnd())
}

function symbol({ phase }: ProcessState): string {
  if (phase === 'healthy') return '✓'
  if (phase === 'crashed' || phase === 'backing-off') return '✗'
  return '·'
}

/** What a newcomer types next. */
export function nextSteps(status: StackStatus, command: string): string[] {
  const person = status.people[0]?.email ?? '<person>'
  const kubectl = status.cluster?.kubectl ?? 'kubectl'
  return [
    'Next, in another terminal:',
    `  ${command} kubeconfig ${person} -o kubeconfig.yml`,
    `  KUBECONFIG=kubeconfig.yml ${kubectl} get pods -A`,
    `  ${command} status    ${command} logs apiserver-proxy    ${command} down`,
  ]
}
