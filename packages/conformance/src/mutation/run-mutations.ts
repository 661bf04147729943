import { readCatalogue } from '../catalogue/read.ts'
import { ConformanceError } from '../errors.ts'
import { judgeCells, totalsOf } from '../judge/verdict.ts'
import type { LoggedIn } from '../paths/path.ts'
import { httpPath } from '../paths/http.ts'
import { planCells, planQuestions, type PlannedCell } from '../plan/cells.ts'
import { compileExpectations } from '../plan/expectations.ts'
import { objectName } from '../plan/questions.ts'
import type { Cell, Mutation, RunResult } from '../result.ts'
import { answerCells } from '../run/answer-cells.ts'
import { type Api, connectApi } from '../run/api.ts'
import { askAll } from '../run/ask-all.ts'
import { makeDisposables, removeDisposables } from '../run/disposables.ts'
import type { RecordedAnswer } from '../run/journal.ts'
import { logInAll } from '../run/personas.ts'
import type { RunOptions } from '../run/run.ts'
import { describeRun, openSession } from '../run/session.ts'
import { timingsPerPath } from '../run/timings.ts'
import { untilSo } from '../run/until.ts'
import { createBarrier } from './effective.ts'
import { type MutationPlan, planMutations } from './mutations.ts'
import { describeObject, put, type RbacObjects, readRbacObjects, remove } from './objects.ts'
import { rightsOf } from './rights.ts'

export interface MutationOptions extends Omit<RunOptions, 'shard'> {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Only bindings whose name (KIND [NAMESPACE/]NAME) holds this are changed. */
  readonly only: string
}

const CONCURRENCY = 32
const EXAMPLES = 5
const COPIED_WITHIN_MS = 60_000

/**
 * Proves that a spec can fail: copies the cluster's roles and bindings into a second, embedded cluster, changes one
 * binding at a time there, and checks the spec each time. What changes nobody's rights, as the API server lists
 * them, is no mutation. The first cluster is only read, but for the disposable namespaces of the spec.
 *
 * @throws ConformanceError, ClusterError, SupervisorError, the signal's reason
 */
export async function runMutations(options: MutationOptions): Promise<RunResult> {
  const { spec: loaded, target, env, only, signal, onProgress } = options
  const startedAt = performance.now()
  onProgress({ step: 'reading the roles and bindings of the cluster' })
  await using session = await openSession({ spec: loaded, target, purpose: 'mutation', shard: null, signal })
  const objects = await readWithNamespaces()
  const bindings = objects.bindings.filter((binding) => describeObject(binding).includes(only))
  if (planMutations(bindings, [...session.personas.values()], []).length === 0)
    throw new ConformanceError('ERR_SPEC', nothingToChange(only))
  const namespaces = session.places.map(({ namespace }) => namespace)

  onProgress({ step: 'starting a second cluster' })
  // No other run needs what starts a cluster.
  const { copyRbac, startSecondCluster } = await import('./second-cluster.ts')
  await using second = await startSecondCluster(env, signal)
  await copyRbac(second.admin, objects, namespaces)
  const everybody = await logInAll(loaded.spec.personas, {
    api: second.endpoint,
    logIn: ({ id }) => second.credentialOf(loaded.spec.personas[id]!.user, loaded.spec.personas[id]!.groups),
    signal,
  })
  const setUpAt = performance.now()
  await using path = httpPath({
    id: 'direct',
    endpoint: second.endpoint,
    isDirect: true,
    concurrency: CONCURRENCY,
  })
  await using apis = new AsyncDisposableStack()
  const apiOf = new Map(
    everybody.map(({ id, credential }) => [id, apis.use(connectApi(second.endpoint, credential, signal))]),
  )
  const catalogue = await readCatalogue(
    async (at, accept) => (await second.admin.send('GET', at, undefined, accept)).text,
  )
  const expectations = compileExpectations(loaded)
  const cells = planCells(
    planQuestions(loaded.spec, catalogue, session.places),
    [path],
    ({ question }) => ({ ...expectations.of(question), paths: [path.id] }),
    { withUnexpected: false },
  )
  const check = (wanted: readonly PlannedCell[]) => checkHere(wanted, everybody, signal)

  onProgress({ step: 'checking the copy' })
  let unchanged: Cell[] = []
  // The cluster fills in its aggregated roles.
  await untilSo(async () => (unchanged = await check(cells)).every(({ verdict }) => verdict === 'pass'), {
    withinMs: COPIED_WITHIN_MS,
    signal,
  })
  requirePassing(unchanged)
  const checkedAt = performance.now()

  const rights = () => allRights(apiOf, [...namespaces, 'default'])
  const before = await rights()
  const reach = (id: string) =>
    unchanged.filter((cell) => cell.persona === id && cell.actual.result === 'allowed').length
  const newcomers = everybody.toSorted((a, b) => reach(a.id) - reach(b.id))
  const plans = planMutations(bindings, everybody, newcomers)
  const barrier = await createBarrier(second.admin, signal)
  const mutations: Mutation[] = []
  for (const [index, plan] of plans.entries()) {
    onProgress({ step: `mutating: ${plan.description}`, cells: { done: index, total: plans.length } })
    await replace(second.admin, plan)
    await barrier(plan.original)
    const after = await rights()
    const affected = everybody.filter(({ id }) => before.get(id) !== after.get(id)).map(({ id }) => id)
    if (affected.length > 0) {
      const own = cells.filter(({ planned }) => affected.includes(planned.question.persona))
      mutations.push(describeMutation(index, plan, await check(own)))
    }
    await put(second.admin, plan.original)
    await barrier(plan.original)
  }
  return {
    version: 1,
    mode: 'mutation',
    ...describeRun(loaded, target, session),
    shard: null,
    complete: true,
    missing: [],
    cells: unchanged,
    disagreements: [],
    uncovered: [],
    baseline: null,
    mutations,
    totals: totalsOf(unchanged),
    timings: {
      loginMs: 0,
      setupMs: setUpAt - startedAt,
      requestsMs: checkedAt - setUpAt,
      auditMs: 0,
      totalMs: performance.now() - startedAt,
      cellsPerSecond: unchanged.length / ((checkedAt - setUpAt) / 1000),
      perPath: timingsPerPath(unchanged),
    },
  }

  /** With the bindings that somebody keeps in new namespaces. */
  async function readWithNamespaces(): Promise<RbacObjects> {
    const { places, setup, journal } = session
    const made = { ...session, runName: journal.head.runName, api: setup, podImage: undefined, signal }
    try {
      await makeDisposables(loaded.spec, places, made)
      return await readRbacObjects(
        setup,
        places.map(({ namespace }) => namespace),
      )
    } finally {
      await removeDisposables(places, setup, signal)
      await journal.remove()
    }
  }
}

async function checkHere(
  cells: readonly PlannedCell[],
  everybody: readonly LoggedIn[],
  signal: AbortSignal,
): Promise<Cell[]> {
  const personas = new Map(everybody.map((persona) => [persona.id, persona]))
  const answers = new Map<string, RecordedAnswer>()
  const asked = cells.map((cell, index) => ({
    ...cell,
    persona: personas.get(cell.planned.question.persona)!,
    auditId: `mutation.${index}`,
  }))
  const gone = await askAll(asked, {
    context: { name: 'conformance-mutation', pods: new Map() },
    signal,
    onAnswer: ({ key }, answer) => answers.set(key, answer),
  })
  for (const [path, message] of gone)
    throw new ConformanceError('ERR_CLUSTER', `the second cluster (${path.server}) went away: ${message}`)
  return judgeCells(
    answerCells(cells, { answers, personas, canI: new Map(), explanations: new Map(), events: undefined }),
  ).cells
}

async function allRights(
  apiOf: ReadonlyMap<string, Api>,
  namespaces: readonly string[],
): Promise<Map<string, string>> {
  const entries = [...apiOf].map(async ([id, api]) => [id, await rightsOf(api, namespaces)] as const)
  return new Map(await Promise.all(entries))
}

async function replace(api: Api, { original, mutant }: MutationPlan): Promise<void> {
  if (mutant) await put(api, mutant)
  else await remove(api, original)
}

function describeMutation(index: number, plan: MutationPlan, cells: readonly Cell[]): Mutation {
  const failed = cells.filter(({ verdict }) => verdict === 'fail')
  return {
    id: `${index + 1}`,
    kind: plan.kind,
    object: describeObject(plan.original),
    description: plan.description,
    noticed: failed.length > 0,
    failedCells: failed.length,
    examples: failed.slice(0, EXAMPLES).map(sentenceOf),
  }
}

function nothingToChange(only: string): string {
  const which = only === '' ? '' : ` whose name holds "${only}"`
  return `there is nothing to change: no persona is in a binding${which}`
}

/** @throws ConformanceError where the spec fails before anything was changed */
function requirePassing(cells: readonly Cell[]): void {
  const failed = cells.filter(({ verdict }) => verdict !== 'pass')
  if (failed.length === 0) return
  const examples = failed.slice(0, EXAMPLES).map((cell) => `${sentenceOf(cell)}: ${cell.why}`)
  throw new ConformanceError(
    'ERR_SPEC',
    `the spec must pass before bindings are changed; ${failed.length} of ${cells.length} cells do not:\n  ${examples.join('\n  ')}`,
  )
}

function sentenceOf(cell: Cell): string {
  return `${cell.persona} ${cell.verb} ${objectName(cell)} in ${cell.place}`
}
