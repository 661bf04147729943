import { createHash, randomBytes } from 'node:crypto'
import type { Catalogue } from '../catalogue/catalogue.ts'
import { readCatalogue } from '../catalogue/read.ts'
import type { Endpoint } from '../paths/endpoint.ts'
import type { LoggedIn, Path } from '../paths/path.ts'
import type { Shard } from '../plan/cells.ts'
import type { LoadedSpec } from '../spec/load.ts'
import { type Api, connectApi } from './api.ts'
import { positionOf } from './audit-log.ts'
import { type DisposablePlace, placesOf, removeDisposables } from './disposables.ts'
import { type Journal, openJournal } from './journal.ts'
import { type LogIn, logInAll } from './personas.ts'

/** A cluster with its ways in, and where a run keeps what it must know again. */
export interface Target {
  /** Where the run itself asks: what is served, who somebody is, `can-i`; and where it makes its namespaces. */
  readonly api: Endpoint
  /** The ways in; those that the spec names are used. Closing them is the caller's. */
  readonly paths: readonly Path[]
  readonly logIn: LogIn
  /** The API server's audit log; undefined where it can't be read, and cells count without it. */
  readonly auditLog: string | undefined
  /** Of the pod for exec, attach and port-forward; undefined where no pod can be run and reached. */
  readonly podImage: string | undefined
  /** Where the answers of a run are kept until it came to its end. */
  readonly journalFile: string
}

/** A run that has begun: everybody has logged in, and the cluster has said what it serves. */
export interface Session extends AsyncDisposable {
  readonly personas: ReadonlyMap<string, LoggedIn>
  readonly apiOf: (persona: string) => Api
  /** The API as the persona that sets the run up. */
  readonly setup: Api
  readonly catalogue: Catalogue
  readonly journal: Journal
  readonly places: readonly DisposablePlace[]
  readonly paths: readonly Path[]
}

/**
 * Begins a run, or goes on with the one in the journal.
 *
 * @throws ConformanceError
 */
export async function openSession({
  spec: { spec, digest },
  target,
  purpose,
  shard,
  signal,
}: {
  readonly spec: LoadedSpec
  readonly target: Target
  /** Sets runs apart that ask other cells of the same spec. */
  readonly purpose: string
  readonly shard: Shard | null
  readonly signal: AbortSignal
}): Promise<Session> {
  await using resources = new AsyncDisposableStack()
  const everybody = await logInAll(spec.personas, { ...target, signal })
  const apis = new Map(
    everybody.map(({ id, credential }) => [id, resources.use(connectApi(target.api, credential, signal))]),
  )
  const apiOf = (id: string): Api => apis.get(id)!
  const setup = apiOf(spec.setup ?? everybody[0]!.id)
  const catalogue = await readCatalogue(async (path, accept) => {
    const { status, text } = await setup.send('GET', path, undefined, accept)
    if (status !== 200) throw new Error(`${path} was answered with ${status}`)
    return text
  })
  const paths = target.paths.filter(({ id }) => spec.paths.includes(id))
  const identity = [digest, purpose, target.api.server, paths.map(({ id }) => id), shard, catalogue.version]
  const journal = resources.use(
    await openJournal(
      target.journalFile,
      {
        version: 1,
        key: createHash('sha256').update(JSON.stringify(identity)).digest('hex'),
        runName: `conformance-${randomBytes(4).toString('hex')}`,
        startedAt: new Date().toISOString(),
        auditLog: target.auditLog === undefined ? null : await positionOf(target.auditLog),
      },
      (abandoned) => removeDisposables(placesOf(spec, abandoned.runName), setup, signal),
    ),
  )
  const owned = resources.move()
  return {
    personas: new Map(everybody.map((persona) => [persona.id, persona])),
    apiOf,
    setup,
    catalogue,
    journal,
    places: placesOf(spec, journal.head.runName),
    paths,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

/** What was run against what. Pure. */
export function describeRun({ spec, file, digest }: LoadedSpec, target: Target, session: Session) {
  return {
    spec: { name: spec.name, file, digest },
    cluster: { server: target.api.server, version: session.catalogue.version },
    personas: [...session.personas.values()].map(({ id, username, groups }) => ({
      id,
      user: spec.personas[id]!.user,
      groups: spec.personas[id]!.groups,
      subject: { username, groups: [...groups] },
    })),
    places: session.places.map(({ id, namespace }) => ({ id, namespace })),
    paths: session.paths.map(({ id, server }) => ({ id, server })),
    startedAt: session.journal.head.startedAt,
  }
}
