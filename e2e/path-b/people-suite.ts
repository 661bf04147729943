import { describe, expect, test } from 'vitest'
import { type Cell, cells, PERSONAS, requestOf } from './access-table.ts'
import { type Outcome, tryCell } from './attempt.ts'
import type { Workplace } from './gatehouse.ts'
import type { PathB } from './path-b.ts'
import { differences, embeddedReport, questionOf, type Report, writeReport } from './report.ts'

const ADMIN = PERSONAS[0].email

/** Who may do what: each cell of the table (or `some` of them), and what is more than a cell. Reports what came of it. */
export function testPeople(opened: () => PathB<Workplace>, some: readonly Cell[] = cells): void {
  describe('who may do what', () => {
    const outcomes: Record<string, Outcome> = {}
    const terminalOf = (email: string) => opened().stack.terminalOf(email)

    describe.each(PERSONAS)('$email', ({ persona }) => {
      const own = some.filter((cell) => cell.persona === persona)
      test.concurrent.each(own.map((cell) => [sentenceOf(cell), cell] as const))('%s', async (_, cell) => {
        const { stack, observer } = opened()
        const outcome = await tryCell(cell, stack, observer)
        outcomes[questionOf(cell)] = outcome
        expect(outcome.answer).toBe(cell.allowed ? 'allowed' : 'denied')
      })
    })

    test('everybody is told the same as on the embedded cluster', { timeout: 300_000 }, async () => {
      const here: Report = { provider: opened().provider, outcomes }
      await writeReport(here)
      if (here.provider === 'embedded') return
      expect(differences(await embeddedReport(some), here)).toEqual([])
    })

    test('who may impersonate becomes another with --as, and has the rights of that one', async () => {
      const admin = await terminalOf(ADMIN)
      const as = ['--as=developer@kyma.cx', '--as-group=runtimeDeveloper']
      const whoami = ['auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username}']
      expect(await admin.kubectl(...whoami, ...as)).toMatchObject({ stdout: 'developer@kyma.cx' })
      expect(await admin.kubectl('get', 'nodes', ...as)).toMatchObject({
        exitCode: 1,
        stderr: expect.stringContaining('User "developer@kyma.cx" cannot list resource "nodes"'),
      })
    })

    test('who may not impersonate becomes nobody, and no member of a group', async () => {
      const developer = await terminalOf('developer@kyma.cx')
      for (const as of [[`--as=${ADMIN}`], ['--as=developer@kyma.cx', '--as-group=system:masters']]) {
        expect(await developer.kubectl('get', 'nodes', ...as)).toMatchObject({
          exitCode: 1,
          stderr: expect.stringContaining('User "developer@kyma.cx" cannot impersonate resource "users"'),
        })
      }
    })

    test('a namespace that the namespace admin creates is an own one, for developers too, until it is deleted', async () => {
      const namespaceAdmin = await terminalOf('namespace.admin@kyma.cx')
      const developer = await terminalOf('developer@kyma.cx')
      const name = 'created-by-namespace-admin'
      const create = () => developer.kubectl('create', 'configmap', 'mine', '-n', name)
      expect(await create()).toMatchObject({
        exitCode: 1,
        stderr: expect.stringMatching(/cannot create resource "configmaps"/),
      })
      expect(await namespaceAdmin.kubectl('create', 'namespace', name)).toMatchObject({ exitCode: 0 })
      await expect.poll(create).toMatchObject({ exitCode: 0 })
      expect(await developer.kubectl('delete', 'namespace', name)).toMatchObject({
        exitCode: 1,
        stderr: expect.stringMatching(/cannot delete resource "namespaces"/),
      })
      expect(await namespaceAdmin.kubectl('delete', 'namespace', name, '--wait=false')).toMatchObject({
        exitCode: 0,
      })
      await expect.poll(() => opened().observer.find('namespaces', undefined, name)).toBeUndefined()
    })
  })
}

/** To be tried last, since the cluster is another one afterwards. */
export function testWithoutBasicRights(opened: () => PathB): void {
  test('where the cluster gives no basic rights to everybody, the groups still have them', async () => {
    const { stack, observer } = opened()
    for (const name of ['system:basic-user', 'system:discovery']) {
      const path = `/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/${name}`
      expect(await observer.send('DELETE', path)).toMatchObject({ code: 200 })
    }
    const whoami = async (email: string) => (await stack.terminalOf(email)).kubectl('auth', 'whoami')
    await expect
      .poll(() => whoami('no-rights-user@kyma.cx'))
      .toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/you do not have permission to call it/) })
    for (const { email } of PERSONAS.filter(({ persona }) => persona !== 'somebody without rights')) {
      expect(await whoami(email)).toMatchObject({ exitCode: 0, stdout: expect.stringContaining(email) })
    }
  })
}

function sentenceOf(cell: Cell): string {
  return `${cell.persona} ${cell.allowed ? 'may' : 'may not'} ${requestOf(cell)}`
}
