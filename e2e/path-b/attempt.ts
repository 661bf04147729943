import { vi } from 'vitest'
import type { Cell, Place } from './access-table.ts'
import type { Attempt, Command } from './commands/command.ts'
import { COMMANDS } from './commands/index.ts'
import type { Ended, Workplace } from './gatehouse.ts'
import { kindOf, objectName } from './objects.ts'
import type { Observer } from './observer.ts'
import { expectRefusal } from './refusal.ts'

const OWN = 'workshop'
const SYSTEM = 'kube-system'

function namespaceOf({ resource, place }: Pick<Cell, 'resource' | 'place'>): string | undefined {
  if (resource === 'namespaces' || place === 'cluster') return undefined
  return place === 'own' ? OWN : SYSTEM
}

/** The object that commands of everybody are about; for namespaces, one that is there anyway. */
function sharedName(resource: string, place: Place): string {
  if (resource !== 'namespaces') return objectName(resource, 'shared')
  return place === 'system' ? 'kube-node-lease' : OWN
}

let count = 0
const newName = ({ resource, email }: Cell) =>
  objectName(resource, `${email.split('@')[0]!.replaceAll('.', '-')}-${++count}`)

/**
 * Makes what a command is about. Who may change an object gets a new one; who may not tries it with the one
 * that all share, which therefore must stay as it is.
 */
async function prepareAttempt(
  cell: Cell,
  command: Command,
  stack: Workplace,
  observer: Observer,
): Promise<Attempt> {
  const { resource, place, allowed } = cell
  const namespace = namespaceOf(cell)
  // The system's namespaces are as many as they are.
  const isMade = command.about === 'changed' && allowed && !(resource === 'namespaces' && place === 'system')
  const name = isMade || command.about === 'absent' ? newName(cell) : sharedName(resource, place)
  if (isMade) {
    await observer.make(resource, namespace, name)
    if (resource === 'namespaces') await untilBound(observer, name)
  }
  return { cell, terminal: await stack.terminalOf(cell.email), observer, stack, namespace, name }
}

/** What came of a cell. */
export interface Outcome {
  /**
   * 'allowed' is said only of what had its effect, 'denied' only of what was refused in the API server's words
   * and left no trace; of everything else, what kubectl said.
   */
  readonly answer: string
  /** What kubectl said about a refusal. */
  readonly refusal?: string
}

/** Tries a cell of the table. */
export async function tryCell(cell: Cell, stack: Workplace, observer: Observer): Promise<Outcome> {
  const command = COMMANDS[cell.command]
  if (!command) throw new Error(`nobody has said how to try kubectl ${cell.command}`)
  const attempt = await prepareAttempt(cell, command, stack, observer)
  const ended = await command.run(attempt)
  if (ended.exitCode === 0) {
    if (cell.allowed) await command.effect(attempt, ended)
    return { answer: 'allowed' }
  }
  if (cell.allowed) return { answer: `exit code ${ended.exitCode}: ${ended.stderr}` }
  await expectRefusal(attempt, command, ended)
  return { answer: 'denied', refusal: refusalIn(ended, attempt) }
}

/** What kubectl said, without what is another on every run: names of new objects, and of its temporary files. */
function refusalIn({ stderr, stdout }: Ended, { name }: Attempt): string {
  const said = stderr.trim() || stdout.trim()
  return said.replaceAll(name, 'NAME').replaceAll(/\S*kubectl-edit-\d+/g, 'kubectl-edit')
}

/** Makes the objects that `cells` share, and waits until they are as commands need them. */
export async function makeSharedObjects(cells: readonly Cell[], observer: Observer): Promise<void> {
  const wanted = new Map<string, () => Promise<void>>()
  for (const { resource, place } of cells) {
    if (resource === '' || resource.startsWith('/') || resource === 'namespaces') continue
    if (kindOf(resource).namespaced && place === 'cluster') continue
    const namespace = namespaceOf({ resource, place })
    const name = sharedName(resource, place)
    wanted.set(`${resource}/${namespace}`, () => observer.make(resource, namespace, name))
  }
  await Promise.all([...wanted.values()].map((make) => make()))
  const withPods = [OWN, SYSTEM].filter((namespace) => wanted.has(`pods/${namespace}`))
  await Promise.all([untilBound(observer, OWN), ...withPods.map((one) => untilRuns(observer, one))])
}

/**
 * Waits until the permission-controller has given the namespace to its admins and developers. If it does not,
 * the cells tell who misses what.
 */
async function untilBound(observer: Observer, namespace: string): Promise<void> {
  for (const name of ['kyma-namespace-admins', 'kyma-developers']) {
    const isBound = () => observer.find('rolebindings', namespace, name)
    await vi.waitUntil(isBound, { timeout: 60_000 }).catch(() => undefined)
  }
}

async function untilRuns(observer: Observer, namespace: string): Promise<void> {
  const isRunning = async () =>
    (await observer.find('pods', namespace, 'shared'))?.status?.phase === 'Running'
  await vi.waitUntil(isRunning, { timeout: 60_000 })
}
