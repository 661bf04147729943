import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { type KubeconfigDocument, problemsOfKubeconfig, stringifyKubeconfig } from '../src/index.ts'
import { runKubectl } from './kubectl.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const EXEC = {
  apiVersion: 'client.authentication.k8s.io/v1',
  command: 'false',
  interactiveMode: 'Never',
}

/** What kubectl says when it does not even try to connect, nor to run a plugin. */
const REFUSAL =
  /invalid '?(?:configuration|proxy-url|interactiveMode)|context was not found|does not exist|must be specified|without impersonating|more than one authentication/

/** A document that is right but for `change`; nobody listens at its server. */
function documentWith(change: { cluster?: object; user?: object; context?: object; current?: string }) {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:1', ...change.cluster } }],
    users: [{ name: 'u', user: { ...change.user } }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u', ...change.context } }],
    'current-context': change.current ?? 'x',
  } satisfies KubeconfigDocument
}

async function whatKubectlSays(document: KubeconfigDocument): Promise<string> {
  const directory = await temporaryDirectory()
  onTestFinished(() => directory[Symbol.asyncDispose]())
  const file = join(directory.path, 'config')
  await writeFile(file, stringifyKubeconfig(document))
  return runKubectl([file], 'get', '--raw', '/', '--request-timeout=5s').then(
    () => 'it worked',
    (error: Error) => error.message,
  )
}

test.each<[string, Parameters<typeof documentWith>[0], string]>([
  ['a current context that is missing', { current: 'y' }, 'the current-context "y" is not among'],
  ['a proxy of an unknown kind', { cluster: { 'proxy-url': 'ftp://x' } }, 'the proxy-url of the cluster "c"'],
  [
    'a token and a password',
    { user: { token: 't', username: 'n', password: 'p' } },
    'both a token and a password',
  ],
  [
    'a certificate without its key',
    { user: { 'client-certificate-data': 'eA==' } },
    'the user "u" has a client certificate without its key',
  ],
  [
    'a plugin without a mode',
    { user: { exec: { ...EXEC, interactiveMode: '' } } },
    'the interactiveMode of the exec plugin of the user "u"',
  ],
  [
    'a plugin with an unknown mode',
    { user: { exec: { ...EXEC, interactiveMode: 'never' } } },
    'the interactiveMode',
  ],
  ['a plugin without a command', { user: { exec: { ...EXEC, command: '' } } }, 'has no command'],
  ['a plugin without a version', { user: { exec: { ...EXEC, apiVersion: '' } } }, 'has no apiVersion'],
  [
    'a plugin with a nameless variable',
    { user: { exec: { ...EXEC, env: [{ name: '', value: 'v' }] } } },
    'a variable of the exec plugin of the user "u" has no name',
  ],
  [
    'groups of nobody',
    { user: { token: 't', 'as-groups': ['g'] } },
    'impersonates a uid, groups or extras of nobody',
  ],
])('%s is a problem here and for kubectl', async (_, change, problem) => {
  const document = documentWith(change)
  expect(problemsOfKubeconfig(document)).toEqual([expect.stringContaining(problem)])
  expect(await whatKubectlSays(document)).toMatch(REFUSAL)
})

test.each<[string, Parameters<typeof documentWith>[0]]>([
  ['a token', { user: { token: 't' } }],
  [
    'a plugin of an old version without a mode',
    { user: { exec: { ...EXEC, apiVersion: EXEC.apiVersion + 'beta1', interactiveMode: '' } } },
  ],
  ['impersonation', { user: { token: 't', as: 'a', 'as-groups': ['g'] } }],
])('a user with %s is no problem here nor for kubectl', async (_, change) => {
  const document = documentWith(change)
  expect(problemsOfKubeconfig(document)).toEqual([])
  expect(await whatKubectlSays(document)).not.toMatch(REFUSAL)
})

// client-go's Validate finds these, but kubectl fills the gaps with defaults and questions.
test.each<[string, Parameters<typeof documentWith>[0], string]>([
  ['a context without a user', { context: { user: '' } }, 'the context "x" names no user'],
  [
    'a context whose user is missing',
    { context: { user: 'v' } },
    'the user "v" of the context "x" is missing',
  ],
  [
    'a context whose cluster is missing',
    { context: { cluster: 'd' } },
    'the cluster "d" of the context "x" is',
  ],
  ['a namespace that is none', { context: { namespace: 'A_b' } }, 'the namespace of the context "x" is not'],
  ['a cluster without a server', { cluster: { server: '' } }, 'the cluster "c" has no server'],
])('%s is a problem', (_, change, problem) => {
  expect(problemsOfKubeconfig(documentWith(change))).toEqual([expect.stringContaining(problem)])
})
