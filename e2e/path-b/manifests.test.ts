import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse, stringify } from 'yaml'
import { startTestStack, temporaryDirectory, type Terminal, type TestStack } from './gatehouse.ts'

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

let directory: string
let stack: TestStack
let nobody: Terminal
beforeAll(async () => {
  directory = await temporaryDirectory()
  await mkdir(join(directory, 'own'))
  // The object is of a kind that a later file defines; the stack finds the order.
  await save('1-recipe.yaml', recipe('soup'))
  await save('2-definition.yaml', definition)
  await save('3-access.yaml', role('get'), binding)
  stack = await startTestStack({ manifests: ['own'] }, { directory })
  nobody = await stack.terminalOf(NOBODY)
})
afterAll(async () => {
  await stack?.[Symbol.asyncDispose]()
  await rm(directory, { recursive: true })
})

const save = (name: string, ...documents: object[]) =>
  writeFile(join(directory, 'own', name), documents.map((document) => `---\n${stringify(document)}`).join(''))
const dish = async () =>
  (await nobody.kubectl('get', 'recipe', 'today', '-n', 'workshop', '-o', 'jsonpath={.spec.dish}')).stdout
const list = () => nobody.kubectl('get', 'recipes', '-n', 'workshop', '-o', 'name')
const said = () => readFile(join(directory, 'default', 'up.log'), 'utf8')

test('definitions, objects and rights of one’s own are there when the stack has started', async () => {
  expect(await dish()).toBe('soup')
  expect(await list()).toMatchObject({
    exitCode: 1,
    stderr: expect.stringMatching(/User "no-rights-user@kyma\.cx" cannot list resource "recipes"/),
  })
})

test('a save changes the objects, and who may what', async () => {
  await save('1-recipe.yaml', recipe('stew'))
  await expect.poll(dish).toBe('stew')
  await save('3-access.yaml', role('get', 'list'), binding)
  await expect.poll(list).toMatchObject({ exitCode: 0, stdout: 'recipe.kitchen.example/today' })
})

test('a file that is saved broken is reported with its name, changes nothing, and can be mended', async () => {
  await writeFile(join(directory, 'own', '1-recipe.yaml'), 'kind: [')
  await expect.poll(said).toMatch(/1-recipe\.yaml, document 1: /)
  expect(await dish()).toBe('stew')
  await save('1-recipe.yaml', recipe('salad'))
  await expect.poll(dish).toBe('salad')
})

test('what the cluster does not take is reported in its own words', async () => {
  await save('1-recipe.yaml', { ...recipe('salad'), spec: { dish: 7 } })
  await expect.poll(said).toMatch(/spec\.dish: expected string/)
  await save('1-recipe.yaml', recipe('salad'))
})

test('--fresh forgets the data of the cluster and of dex, and applies the files again', async () => {
  const admin = await stack.terminalOf('admin@kyma.cx')
  expect(await admin.kubectl('create', 'namespace', 'forgotten')).toMatchObject({ exitCode: 0 })
  expect(await stack.gatehouse('down')).toMatchObject({ exitCode: 0 })
  const config = join(directory, 'gatehouse.yaml')
  expect(await stack.gatehouse('up', '--detach', '--fresh', '--config', config)).toMatchObject({
    exitCode: 0,
  })
  const file = join(directory, 'fresh.yml')
  expect(await stack.gatehouse('kubeconfig', 'admin@kyma.cx', '-o', file)).toMatchObject({ exitCode: 0 })
  // Another issuer in all but name: its keys are new. Its ports may be, too.
  const old = parse(await readFile(admin.kubeconfig, 'utf8')) as { users: [{ user: { token: string } }] }
  const fresh = stack.terminalAt(file)
  expect(await fresh.kubectl('get', 'namespaces', `--token=${old.users[0].user.token}`)).toMatchObject({
    exitCode: 1,
    stderr: expect.stringMatching(/You must be logged in to the server/),
  })
  const { stdout } = await fresh.kubectl('get', 'namespaces,recipes', '-A', '-o', 'name')
  expect(stdout.split('\n')).toContain('namespace/workshop')
  expect(stdout.split('\n')).toContain('recipe.kitchen.example/today')
  expect(stdout).not.toContain('forgotten')
})
