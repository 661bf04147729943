import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import type { Terminal, TestStack } from './gatehouse.ts'

/** The folder of manifests, for gatehouse.yaml. */
export const OWN = 'own'

const RBAC = 'rbac.authorization.k8s.io'
const NOBODY = 'no-rights-user@kyma.cx'

const definition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'recipes.kitchen.example' },
  spec: {
    group: 'kitchen.example',
    scope: 'Namespaced',
    names: { plural: 'recipes', singular: 'recipe', kind: 'Recipe' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: { spec: { type: 'object', properties: { dish: { type: 'string' } } } },
          },
        },
      },
    ],
  },
}
const recipe = (dish: string) => ({
  apiVersion: 'kitchen.example/v1',
  kind: 'Recipe',
  metadata: { name: 'today', namespace: 'workshop' },
  spec: { dish },
})
const role = (...verbs: string[]) => ({
  apiVersion: `${RBAC}/v1`,
  kind: 'Role',
  metadata: { name: 'cook', namespace: 'workshop' },
  rules: [{ apiGroups: ['kitchen.example'], resources: ['recipes'], verbs }],
})
const binding = {
  apiVersion: `${RBAC}/v1`,
  kind: 'RoleBinding',
  metadata: { name: 'cook', namespace: 'workshop' },
  roleRef: { apiGroup: RBAC, kind: 'Role', name: 'cook' },
  subjects: [{ apiGroup: RBAC, kind: 'User', name: NOBODY }],
}

/** Writes what a stack in `directory` applies at its start. */
export async function writeManifests(directory: string): Promise<void> {
  await mkdir(join(directory, OWN))
  // The object is of a kind that a later file defines; the stack finds the order.
  await save(directory, '1-recipe.yaml', recipe('soup'))
  await save(directory, '2-definition.yaml', definition)
  await save(directory, '3-access.yaml', role('get'), binding)
}

const save = (directory: string, name: string, ...documents: object[]) =>
  writeFile(join(directory, OWN, name), documents.map((document) => `---\n${stringify(document)}`).join(''))

/** Objects of one's own in a stack that was started with what `writeManifests` writes, and when they are saved. */
export function testManifests(opened: () => TestStack): void {
  describe('manifests of one’s own', () => {
    let nobody: Terminal
    beforeAll(async () => {
      nobody = await opened().terminalOf(NOBODY)
    })
    const directory = () => opened().directory
    const dish = async () =>
      (await nobody.kubectl('get', 'recipe', 'today', '-n', 'workshop', '-o', 'jsonpath={.spec.dish}')).stdout
    const list = () => nobody.kubectl('get', 'recipes', '-n', 'workshop', '-o', 'name')
    const said = () => readFile(join(directory(), 'default', 'up.log'), 'utf8')

    test('definitions, objects and rights of one’s own are there when the stack has started', async () => {
      expect(await dish()).toBe('soup')
      expect(await list()).toMatchObject({
        exitCode: 1,
        stderr: expect.stringMatching(/User "no-rights-user@kyma\.cx" cannot list resource "recipes"/),
      })
    })

    test('a save changes the objects, and who may what', async () => {
      await save(directory(), '1-recipe.yaml', recipe('stew'))
      await expect.poll(dish).toBe('stew')
      await save(directory(), '3-access.yaml', role('get', 'list'), binding)
      await expect.poll(list).toMatchObject({ exitCode: 0, stdout: 'recipe.kitchen.example/today' })
    })

    test('a file that is saved broken is reported with its name, changes nothing, and can be mended', async () => {
      await writeFile(join(directory(), OWN, '1-recipe.yaml'), 'kind: [')
      await expect.poll(said).toMatch(/1-recipe\.yaml, document 1: /)
      expect(await dish()).toBe('stew')
      await save(directory(), '1-recipe.yaml', recipe('salad'))
      await expect.poll(dish).toBe('salad')
    })

    test('what the cluster does not take is reported in its own words', async () => {
      await save(directory(), '1-recipe.yaml', { ...recipe('salad'), spec: { dish: 7 } })
      await expect.poll(said).toMatch(/spec\.dish: expected string/)
      await save(directory(), '1-recipe.yaml', recipe('salad'))
    })
  })
}
