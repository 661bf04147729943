import { readFile } from 'node:fs/promises'
import type { StackStatus } from '@gatehouse/stack/running'
import type { Workplace } from './gatehouse.ts'

/** As much of an event of the API server's audit log (audit.k8s.io/v1) as the tests look at. */
interface AuditEvent {
  readonly auditID: string
  readonly stage: string
  readonly impersonatedUser?: { readonly username: string; readonly groups: readonly string[] }
  readonly objectRef?: { readonly namespace?: string; readonly name?: string; readonly subresource?: string }
  readonly responseStatus?: { readonly code: number }
}

/** A line of the proxy's access log. */
export interface AccessLine {
  readonly auditId: string
  readonly user?: string
  readonly method: string
  readonly path: string
  readonly subresource?: string
  readonly name?: string
  readonly upgrade?: string
  readonly decision: string
  readonly status: number
}

async function auditEvents({ cluster }: Pick<StackStatus, 'cluster'>): Promise<AuditEvent[]> {
  return linesOf<AuditEvent>(await readFile(cluster!.auditLog!, 'utf8'))
}

/** Whether the API server has switched protocols for somebody who is, or was, in a pod. */
export async function hasSwitched(
  status: Pick<StackStatus, 'cluster'>,
  switched: { user: string; namespace: string; pod: string; subresource: string },
): Promise<boolean> {
  return (await auditEvents(status)).some(
    ({ stage, impersonatedUser, objectRef, responseStatus }) =>
      // This stage is written when a long answer begins.
      stage === 'ResponseStarted' &&
      responseStatus?.code === 101 &&
      impersonatedUser?.username === switched.user &&
      objectRef?.namespace === switched.namespace &&
      objectRef.name === switched.pod &&
      objectRef.subresource === switched.subresource,
  )
}

/** What the proxy has said of requests that are over. */
export async function accessLines({ proxyLog }: Pick<Workplace, 'proxyLog'>): Promise<AccessLine[]> {
  const lines = linesOf<AccessLine & { msg: string }>(await proxyLog())
  return lines.filter(({ msg }) => msg === 'request')
}

/** A line that is being written is left out. */
function linesOf<Line>(text: string): Line[] {
  const lines = text.split('\n').slice(0, -1)
  return lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Line)
}
