import { expect } from 'vitest'
import { manifest } from '../objects.ts'
import { type Attempt, type Command, inNamespace } from './command.ts'

/** The annotation on what somebody has patched. */
const markOf = ({ cell }: Attempt) => `e2e.gatehouse.localhost/patched-by-${cell.email.split('@')[0]}`

const document = ({ cell, namespace, name }: Attempt) =>
  JSON.stringify(manifest(cell.resource, name, namespace))
const observed = ({ cell, observer, namespace, name }: Attempt) =>
  observer.find(cell.resource, namespace, name)
const isThere = async (attempt: Attempt) => expect(await observed(attempt)).toBeDefined()

const create: Command = {
  about: 'absent',
  asks: () => [{ verb: 'create' }],
  run: (attempt) => attempt.terminal.kubectlWith(document(attempt), 'create', '-f', '-'),
  effect: isThere,
}

/** Client-side: kubectl looks at what is there, and creates or patches. */
const apply: Command = {
  about: 'absent',
  asks: () => [{ verb: 'get' }, { verb: 'create' }],
  run: (attempt) => attempt.terminal.kubectlWith(document(attempt), 'apply', '-f', '-'),
  effect: async (attempt) =>
    expect((await observed(attempt))?.metadata.annotations).toHaveProperty([
      'kubectl.kubernetes.io/last-applied-configuration',
    ]),
}

const applyServerSide: Command = {
  about: 'absent',
  asks: () => [{ verb: 'patch' }],
  run: (attempt) => attempt.terminal.kubectlWith(document(attempt), 'apply', '--server-side', '-f', '-'),
  effect: isThere,
}

const patch: Command = {
  about: 'changed',
  asks: () => [{ verb: 'get' }, { verb: 'patch' }],
  run: (attempt) => {
    const { cell, terminal, namespace, name } = attempt
    const change = JSON.stringify({ metadata: { annotations: { [markOf(attempt)]: 'true' } } })
    const object = [cell.resource, name, ...inNamespace(namespace)]
    return terminal.kubectl('patch', ...object, '--type=merge', '-p', change)
  },
  effect: async (attempt) =>
    expect((await observed(attempt))?.metadata.annotations).toHaveProperty([markOf(attempt)], 'true'),
}

/** With an editor that replaces a word. */
const edit: Command = {
  about: 'changed',
  asks: () => [{ verb: 'get' }, { verb: 'patch' }],
  run: ({ cell, terminal, namespace, name }) =>
    terminal.run(['edit', cell.resource, name, ...inNamespace(namespace)], {
      env: { KUBE_EDITOR: 'sed -i s/hello/edited/' },
    }),
  effect: async (attempt) => expect((await observed(attempt))?.data).toEqual({ greeting: 'edited' }),
}

/** kubectl need not wait: what has finalizers or a grace period is going, and that is what was asked for. */
const remove: Command = {
  about: 'changed',
  asks: () => [{ verb: 'delete' }],
  run: ({ cell, terminal, namespace, name }) =>
    terminal.kubectl('delete', cell.resource, name, ...inNamespace(namespace), '--wait=false'),
  effect: async (attempt) => {
    const left = await observed(attempt)
    expect(left === undefined || left.metadata.deletionTimestamp !== undefined).toBe(true)
  },
}

/** For what should better stay, although somebody may delete it. */
const removeDryRun: Command = {
  about: 'shared',
  asks: () => [{ verb: 'delete' }],
  run: ({ cell, terminal, namespace, name }) =>
    terminal.kubectl('delete', cell.resource, name, ...inNamespace(namespace), '--dry-run=server'),
  effect: async (attempt, { stdout }) => {
    expect(stdout).toContain('deleted (server dry run)')
    await isThere(attempt)
  },
}

const scale: Command = {
  about: 'changed',
  asks: () => [{ verb: 'get' }, { verb: 'patch', subresource: 'scale' }],
  run: ({ cell, terminal, namespace, name }) =>
    terminal.kubectl('scale', cell.resource, name, ...inNamespace(namespace), '--replicas=2'),
  effect: async (attempt) => expect((await observed(attempt))?.spec?.replicas).toBe(2),
}

const RESTARTED = 'kubectl.kubernetes.io/restartedAt'
const rolloutRestart: Command = {
  about: 'changed',
  asks: () => [{ verb: 'get' }, { verb: 'patch' }],
  run: ({ cell, terminal, namespace, name }) =>
    terminal.kubectl('rollout', 'restart', cell.resource, name, ...inNamespace(namespace)),
  effect: async (attempt) =>
    expect((await observed(attempt))?.spec?.template?.metadata?.annotations).toHaveProperty([RESTARTED]),
}

const rolloutStatus: Command = {
  about: 'shared',
  asks: () => [{ verb: 'get' }],
  run: ({ cell, terminal, namespace, name }) =>
    terminal.kubectl('rollout', 'status', cell.resource, name, ...inNamespace(namespace), '--timeout=30s'),
  effect: async ({ name }, { stdout }) =>
    expect(stdout).toContain(`deployment "${name}" successfully rolled out`),
}

export const writeCommands = {
  create,
  apply,
  'apply --server-side': applyServerSide,
  patch,
  edit,
  delete: remove,
  'delete --dry-run=server': removeDryRun,
  scale,
  'rollout restart': rolloutRestart,
  'rollout status': rolloutStatus,
}

/** Rejects if the object is gone, going, or shows a trace of one of these commands. */
export async function expectUntouched(attempt: Attempt): Promise<void> {
  const object = await observed(attempt)
  expect(object).toBeDefined()
  expect(object?.metadata).not.toHaveProperty('deletionTimestamp')
  expect(object?.metadata.annotations ?? {}).not.toHaveProperty([markOf(attempt)])
  expect(object?.spec?.template?.metadata?.annotations ?? {}).not.toHaveProperty([RESTARTED])
  if (attempt.cell.resource === 'deployments') expect(object?.spec?.replicas).toBe(0)
  if (attempt.cell.resource === 'configmaps') expect(object?.data).toEqual({ greeting: 'hello' })
}
