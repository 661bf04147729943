import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { TestStack } from '@gatehouse/e2e-path-b/gatehouse'
import { Agent, request } from 'undici'

const AT_ONCE = 16
const PODS = '/api/v1/namespaces/workshop/pods'

/** Many pods of the namespace workshop that nobody but the holder changes. */
export interface ManyPods extends AsyncDisposable {
  /**
   * Changes the label `round` of the first `count` pods to 1, at a steady rate, one change each; resolves with the
   * time of each answer, milliseconds since the epoch.
   */
  readonly change: (count: number, perSecond: number) => Promise<number[]>
}

/** Makes `count` pods with the label `round=0`, straight at the API server, as the person whose ID token is given. */
export async function createManyPods({ status }: TestStack, token: string, count: number): Promise<ManyPods> {
  const { server, certificateAuthorityFile } = status.cluster!
  const agent = new Agent({ connect: { ca: await readFile(certificateAuthorityFile, 'utf8') } })
  const send = async (method: 'POST' | 'PATCH', path: string, body: object): Promise<void> => {
    const answer = await request(new URL(path, server), {
      method,
      dispatcher: agent,
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
      },
      body: JSON.stringify(body),
    })
    await answer.body.dump()
    if (answer.statusCode >= 300) throw new Error(`${method} ${path} answered ${answer.statusCode}`)
  }
  const indices = Array.from({ length: count }, (_, index) => index)
  const nameOf = (index: number) => `load-${String(index).padStart(4, '0')}`
  const create = (index: number) =>
    send('POST', PODS, {
      metadata: { name: nameOf(index), labels: { round: '0' } },
      // Nobody schedules it, so that nothing else changes it.
      spec: { schedulerName: 'nobody', containers: [{ name: 'c', image: 'nginx:1.29' }] },
    })
  await someAtOnce(indices, create)
  return {
    async change(changes, perSecond) {
      const began = performance.now()
      const answers: number[] = []
      await someAtOnce(indices.slice(0, changes), async (index) => {
        // A schedule, not a pause: what is late is made up for.
        await sleep(Math.max(0, began + (index * 1000) / perSecond - performance.now()))
        await send('PATCH', `${PODS}/${nameOf(index)}`, { metadata: { labels: { round: '1' } } })
        answers.push(Date.now())
      })
      return answers
    },
    [Symbol.asyncDispose]: () => agent.close(),
  }
}

/** In order, and not more at once than an API server takes. */
async function someAtOnce(indices: readonly number[], task: (index: number) => Promise<void>): Promise<void> {
  const waiting = indices.values()
  const work = async () => {
    for (const index of waiting) await task(index)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
}
