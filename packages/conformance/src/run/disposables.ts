import { parseResourceName } from '../catalogue/catalogue.ts'
import { ConformanceError } from '../errors.ts'
import type { Place } from '../plan/questions.ts'
import type { AccessSpec } from '../spec/schema.ts'
import type { Api } from './api.ts'
import { canI } from './can-i.ts'
import { untilSo } from './until.ts'

/** On everything that a run makes, with the run's name. */
const LABEL = 'gatehouse.localhost/conformance'
const READY_WITHIN_MS = 30_000
const RUNNING_WITHIN_MS = 60_000
const GONE_WITHIN_MS = 120_000

/** A place, and whether its namespace is made for the run. */
export interface DisposablePlace extends Place {
  readonly isDisposable: boolean
}

/** The spec's places with their namespaces; those without one get a name of this run's. Pure. */
export function placesOf(spec: AccessSpec, runName: string): DisposablePlace[] {
  return Object.entries(spec.places).map(([id, { namespace }]) => ({
    id,
    namespace: namespace ?? `${runName}-${id}`,
    isDisposable: namespace === undefined,
  }))
}

/**
 * Makes the disposable namespaces, with a running pod in each where there is an image, and waits until what the spec
 * asks for is so. One that is there already is that of an interrupted run.
 *
 * @returns the pod of each namespace that has one
 * @throws ConformanceError `ERR_CLUSTER`
 */
export async function makeDisposables(
  spec: AccessSpec,
  places: readonly DisposablePlace[],
  options: {
    readonly runName: string
    readonly api: Api
    readonly apiOf: (persona: string) => Api
    /** Undefined: no pods. */
    readonly podImage: string | undefined
    readonly signal: AbortSignal
  },
): Promise<Map<string, string>> {
  const { runName, api } = options
  const pods = new Map<string, string>()
  await Promise.all(
    places.map(async ({ id, namespace, isDisposable }) => {
      if (!isDisposable) return
      await create(api, '/api/v1/namespaces', {
        ...named(namespace, runName),
        apiVersion: 'v1',
        kind: 'Namespace',
      })
      const [isRunning] = await Promise.all([
        options.podImage === undefined ? false : runPod(namespace, options.podImage, options),
        untilReady(spec.places[id]?.ready ?? [], namespace, options),
      ])
      if (isRunning) pods.set(namespace, podName(runName))
    }),
  )
  return pods
}

/** Removes the disposable namespaces with all that is in them, and waits until they are gone. */
export async function removeDisposables(
  places: readonly DisposablePlace[],
  api: Api,
  signal: AbortSignal,
): Promise<void> {
  await Promise.all(
    places.map(async ({ namespace, isDisposable }) => {
      if (!isDisposable) return
      const path = `/api/v1/namespaces/${namespace}`
      const { status, text } = await api.send('DELETE', path)
      if (status === 404) return
      if (status !== 200 && status !== 202) {
        throw new ConformanceError(
          'ERR_CLUSTER',
          `the namespace ${namespace} can't be removed (${status}): ${text.slice(0, 300)}`,
        )
      }
      const isGone = async () => (await api.send('GET', path)).status === 404
      if (await untilSo(isGone, { withinMs: GONE_WITHIN_MS, signal })) return
      throw new ConformanceError(
        'ERR_CLUSTER',
        `the namespace ${namespace} is still there ${GONE_WITHIN_MS / 1000} s after it was deleted`,
      )
    }),
  )
}

async function untilReady(
  ready: AccessSpec['places'][string]['ready'],
  namespace: string,
  { apiOf, signal }: { apiOf: (persona: string) => Api; signal: AbortSignal },
): Promise<void> {
  await Promise.all(
    ready.map(async ({ persona, verb, resource }) => {
      const question = { ...parseResourceName(resource), verb, namespace, name: '', nonResourcePath: '' }
      // If it does not become so, the cells tell who misses what.
      await untilSo(() => canI(apiOf(persona), question), { withinMs: READY_WITHIN_MS, signal })
    }),
  )
}

/** Not the name that requests use for what is not there. */
const podName = (runName: string) => `${runName}-pod`

async function runPod(
  namespace: string,
  image: string,
  { api, runName, signal }: { api: Api; runName: string; signal: AbortSignal },
): Promise<boolean> {
  const path = `/api/v1/namespaces/${namespace}`
  const hasAccount = async () => (await api.send('GET', `${path}/serviceaccounts/default`)).status === 200
  await untilSo(hasAccount, { withinMs: READY_WITHIN_MS, signal })
  await create(api, `${path}/pods`, {
    apiVersion: 'v1',
    kind: 'Pod',
    ...named(podName(runName), runName),
    spec: {
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 0,
      containers: [{ name: 'main', image }],
    },
  })
  const isRunning = async () => {
    const { text } = await api.send('GET', `${path}/pods/${podName(runName)}`)
    return (JSON.parse(text) as { status?: { phase?: string } }).status?.phase === 'Running'
  }
  return untilSo(isRunning, { withinMs: RUNNING_WITHIN_MS, signal })
}

interface NewObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string }
  readonly spec?: object
}

function named(name: string, runName: string) {
  return { metadata: { name, labels: { [LABEL]: runName } } }
}

async function create(api: Api, path: string, body: NewObject): Promise<void> {
  const { status, text } = await api.send('POST', path, body)
  if (status === 201 || status === 409) return
  const message = `the ${body.kind} ${body.metadata.name} can't be made (${status}): ${text.slice(0, 300)}`
  throw new ConformanceError('ERR_CLUSTER', message)
}
