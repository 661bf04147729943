import { setTimeout as delay } from 'node:timers/promises'
import { type Api, field } from './api.ts'
import type { Check } from './ready.ts'

const NAME = 'gatehouse-ready-probe'
const pods = '/api/v1/namespaces/default/pods'
const serviceAccount = '/api/v1/namespaces/default/serviceaccounts/default'
const aboutIt = `/api/v1/namespaces/default/events?fieldSelector=${encodeURIComponent(`involvedObject.name=${NAME}`)}`

/** A pod that asks for nothing; its only purpose is to be scheduled and run. */
const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: NAME, labels: { 'app.kubernetes.io/managed-by': 'gatehouse' } },
  spec: { automountServiceAccountToken: false, containers: [{ name: 'none', image: 'none' }] },
}

/**
 * A check that creates a pod and waits until it runs. One that an interrupted start left behind is removed
 * first: it ran in another time.
 */
export function probePodCheck(api: Api): Check {
  let created = false
  return {
    name: 'a pod to be scheduled and Running',
    isDone: async (signal) => {
      if (!created) {
        // Admission refuses pods in a namespace without it.
        if ((await api.get(serviceAccount, signal)) === undefined) return false
        await removePod(api, signal)
        await api.write('POST', pods, pod, signal)
        created = true
      }
      return field(await api.get(`${pods}/${NAME}`, signal), 'status', 'phase') === 'Running'
    },
  }
}

/** Removes the pod, and the events about it as soon as they are there: the scheduler sends them afterwards. */
export async function removeProbePod(api: Api, signal: AbortSignal): Promise<void> {
  await removePod(api, signal)
  const deadline = Date.now() + 1_000
  while (Date.now() < deadline) {
    const found = field(await api.get(aboutIt, signal), 'items')
    if (Array.isArray(found) && found.length > 0) {
      await api.send('DELETE', aboutIt, { signal })
      return
    }
    await delay(20, undefined, { signal })
  }
}

async function removePod(api: Api, signal: AbortSignal): Promise<void> {
  await api.send('DELETE', `${pods}/${NAME}?gracePeriodSeconds=0`, { signal })
}
