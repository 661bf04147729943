import { runResultSchema } from '@gatehouse/conformance'
import type { TestStack } from '@gatehouse/e2e-path-b/gatehouse'
import { describe, expect, test } from 'vitest'

/** That a spec can fail, and that it is told where it can not. */
export function testMutations(world: () => { stack: TestStack; spec: string }): void {
  describe('mutation mode', () => {
    test('tells which changes of bindings a spec notices, and which it does not', async () => {
      const { stack, spec } = world()
      const ended = await stack.gatehouse('conformance', '--json', '--spec', spec, '--mutate', 'kyma-')
      if (ended.stdout === '') throw new Error(ended.stderr)
      const { mutations, complete, mode } = runResultSchema.parse(JSON.parse(ended.stdout))
      expect({ complete, mode }).toEqual({ complete: true, mode: 'mutation' })
      const all = mutations ?? []
      const namesOf = (noticed: boolean) =>
        all.filter((one) => one.noticed === noticed).map(({ description }) => description)
      expect(namesOf(true)).toEqual(
        expect.arrayContaining([
          'ClusterRoleBinding kyma-admins is gone',
          'ClusterRoleBinding kyma-viewers is gone',
          'ClusterRoleBinding kyma-viewers gives cluster-admin instead of kyma-view',
          'RoleBinding handful/kyma-developers is gone',
        ]),
      )
      // No rule of this spec is about what developers may not do in the namespace.
      expect(all).toContainEqual(
        expect.objectContaining({
          description: 'RoleBinding handful/kyma-developers gives cluster-admin instead of kyma-developer',
          noticed: false,
          failedCells: 0,
        }),
      )
      const dropped = all.find(({ object, kind }) => object.endsWith(' kyma-viewers') && kind === 'drop')
      expect(dropped?.examples).toContain('viewer list nodes in cluster')
      // A change that goes unnoticed is a failure of the spec.
      expect(ended.exitCode).toBe(1)
    }, 240_000)

    test('changes nothing where no binding has such a name, and says so', async () => {
      const { stack, spec } = world()
      expect(await stack.gatehouse('conformance', '--spec', spec, '--mutate', 'nonesuch')).toMatchObject({
        exitCode: 2,
        stdout: '',
        stderr: expect.stringContaining('no persona is in a binding whose name holds "nonesuch"'),
      })
    }, 120_000)
  })
}
