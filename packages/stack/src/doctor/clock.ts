import { readFile } from 'node:fs/promises'
import { localhostLookup } from '@gatehouse/authentication/login'
import { Agent, request } from 'undici'
import type { StackStatus } from '../status.ts'
import { type Check, notRunning, runningStatus } from './context.ts'
import { error, type Judgement, ok, skipped } from './finding.ts'
import { stateFiles } from './state-files.ts'

/** How far another clock is ahead of this machine's, in milliseconds; negative when it is behind. */
export interface Skew {
  readonly clock: string
  readonly aheadMs: number
}

/** Tokens and certificates are compared with the clock; verifiers forgive some seconds at most. */
const TOLERATED_MS = 5000

export const clockCheck: Check = {
  name: 'clock',
  run: async (context) => {
    const status = runningStatus(context)
    const files = await stateFiles(context.state)
    const mtimesMs = files.map(({ mtimeMs }) => mtimeMs)
    return [
      ...[stepSkew(), ...fileSkew(mtimesMs, Date.now())].map(judgeSkew),
      ...(status
        ? await askServers(status, context.signal)
        : [notRunning(context, 'the clocks of dex and the API server were not read')]),
    ]
  },
}

/** Pure. */
export function judgeSkew({ clock, aheadMs }: Skew): Judgement {
  const seconds = (Math.abs(aheadMs) / 1000).toFixed(1)
  if (Math.abs(aheadMs) <= TOLERATED_MS) return ok(`${clock} agrees with this machine's clock`)
  return error(
    `${clock} is ${seconds} s ${aheadMs > 0 ? 'ahead of' : 'behind'} this machine's clock, so tokens and certificates look expired or not valid yet`,
    'Set the clock, and keep it with NTP (timedatectl set-ntp true); then start the stack anew',
  )
}

/**
 * How far the clock behind a `Date` header is ahead, given when the request was sent and answered (all in
 * milliseconds). The header has whole seconds and was written some time in between, so of all the values that
 * are possible the one nearest to zero is taken. Pure.
 */
export function skewOfAnswer(dateMs: number, sentMs: number, answeredMs: number): number {
  const least = dateMs - answeredMs
  const most = dateMs + 999 - sentMs
  return least > 0 ? least : most < 0 ? most : 0
}

/** Files from the future were written by another clock, or this one went back since. Pure. */
export function fileSkew(mtimesMs: readonly number[], nowMs: number): Skew[] {
  if (mtimesMs.length === 0) return []
  const newest = mtimesMs.reduce((a, b) => Math.max(a, b))
  return [
    { clock: 'the time on the newest file of the state directory', aheadMs: Math.max(0, newest - nowMs) },
  ]
}

/** How far the clock was moved since this process began, by a clock that nobody moves. */
function stepSkew(): Skew {
  const steady = performance.timeOrigin + performance.now()
  return { clock: 'the monotonic clock', aheadMs: steady - Date.now() }
}

async function askServers(status: StackStatus, signal: AbortSignal): Promise<Judgement[]> {
  const { issuer, certificateAuthorityFile, cluster } = status
  const servers = [
    { clock: 'dex', url: `${issuer}/.well-known/openid-configuration`, certificateAuthorityFile },
    ...(cluster
      ? [
          {
            clock: 'kube-apiserver',
            url: `${cluster.server}/livez`,
            certificateAuthorityFile: cluster.certificateAuthorityFile,
          },
        ]
      : []),
  ]
  return Promise.all(
    servers.map(async ({ clock, url, certificateAuthorityFile: caFile }) => {
      try {
        return judgeSkew({ clock, aheadMs: await askForSkew(url, caFile, signal) })
      } catch (cause) {
        signal.throwIfAborted()
        return skipped(`${clock} does not tell its clock: ${(cause as Error).message}`)
      }
    }),
  )
}

/** Every answer has a date, a refusal as well. */
async function askForSkew(url: string, caFile: string, signal: AbortSignal): Promise<number> {
  const agent = new Agent({ connect: { ca: await readFile(caFile), lookup: localhostLookup } })
  try {
    const sent = Date.now()
    const { headers, body } = await request(url, { dispatcher: agent, signal })
    const answered = Date.now()
    await body.dump()
    const date = Date.parse(String(headers['date']))
    if (Number.isNaN(date)) throw new Error(`${url} answered without a date`)
    return skewOfAnswer(date, sent, answered)
  } finally {
    await agent.close()
  }
}
