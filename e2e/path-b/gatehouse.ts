import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { login } from '@gatehouse/authentication/login'
import { compileCache } from '@gatehouse/binaries/cache-root'
import { environmentOfKubectl } from '@gatehouse/cluster/test-cluster'
import type { StackStatus } from '@gatehouse/stack/running'
import { execa } from 'execa'
import { parse, stringify } from 'yaml'

/** The command's program. */
export const CLI = join(import.meta.dirname, '../../apps/cli/src/main.ts')

/** How a command ended: `exitCode`, `stdout`, `stderr`. */
export interface Ended {
  readonly exitCode?: number
  readonly stdout: string
  readonly stderr: string
}

/** A person at a terminal: a kubeconfig of the generator, and kubectl. */
export interface Terminal {
  readonly kubeconfig: string
  readonly kubectl: (...args: string[]) => Promise<Ended>
  /** kubectl with something on its standard input. */
  readonly kubectlWith: (input: string, ...args: string[]) => Promise<Ended>
  /** kubectl with more environment than it has otherwise. */
  readonly run: (
    args: readonly string[],
    options: { readonly env?: Readonly<Record<string, string>>; readonly input?: string },
  ) => Promise<Ended>
  /** A kubectl that does not end by itself; ending it is the caller's. */
  readonly start: (...args: string[]) => ChildProcess
  readonly startWith: (env: Readonly<Record<string, string>>, ...args: string[]) => ChildProcess
}

/** What the commands of the table need of where they are tried: a stack, or something like it. */
export interface Workplace {
  readonly directory: string
  readonly status: Pick<StackStatus, 'urls' | 'people' | 'cluster'>
  /** Logs in and downloads the person's kubeconfig, once per person. */
  readonly terminalOf: (person: string) => Promise<Terminal>
  /** What the proxy has logged, as it has written it. */
  readonly proxyLog: () => Promise<string>
}

export interface TestStackOptions {
  /** The state directory; a new one, which goes away with the stack, when absent. */
  readonly directory?: string
  /** The stack's name, for several in one state directory. */
  readonly name?: string
}

/** A stack that was started with the command that a user types, with a state directory of its own. */
export interface TestStack extends Workplace, AsyncDisposable {
  readonly status: StackStatus
  readonly gatehouse: (...args: string[]) => Promise<Ended>
  /** A terminal with a kubeconfig that is there already. */
  readonly terminalAt: (kubeconfig: string) => Terminal
  /** A terminal with the person's kubeconfig in which `credentials` stand instead of the person's own. */
  readonly terminalWith: (person: string, credentials: object) => Promise<Terminal>
  readonly passwordOf: (person: string) => Promise<string>
  readonly idToken: (person: string, client?: { id: string; redirectUri: string }) => Promise<string>
}

/** Runs the CLI; `directory` holds its state and its configuration. */
export function gatehouseIn(directory: string): (...args: string[]) => Promise<Ended> {
  return async (...args) =>
    execa(process.execPath, [CLI, ...args], {
      cwd: directory,
      env: {
        GATEHOUSE_STATE_DIR: directory,
        // As a stack gives it to its services: so the command's first file is kept compiled, too.
        NODE_COMPILE_CACHE: compileCache(process.env),
      },
      stdin: 'ignore',
      reject: false,
    })
}

/** What `gatehouse status --json` tells of a stack. */
export async function statusOf(gatehouse: (...args: string[]) => Promise<Ended>): Promise<StackStatus> {
  const { exitCode, stdout, stderr } = await gatehouse('status', '--json')
  if (exitCode !== 0) throw new Error(`gatehouse status failed:\n${stderr}`)
  return JSON.parse(stdout) as StackStatus
}

/** A directory for a test's state, for `mkdtemp`-like use; short, since sockets' paths must be. */
export const temporaryDirectory = () => mkdtemp(join(tmpdir(), 'gh-'))

/** Starts a stack with `configuration` as its gatehouse.yaml and waits until it is healthy. */
export async function startTestStack(
  configuration: object = {},
  { directory: shared, name }: TestStackOptions = {},
): Promise<TestStack> {
  const directory = shared ?? (await temporaryDirectory())
  const run = gatehouseIn(directory)
  const gatehouse: typeof run = (...args) => run(...args, ...(name === undefined ? [] : ['--name', name]))
  const configurationFile = join(directory, `${name ?? 'gatehouse'}.yaml`)
  await writeFile(configurationFile, stringify(configuration))
  const up = await gatehouse('up', '--detach', '--config', configurationFile)
  if (up.exitCode !== 0) throw new Error(`gatehouse up failed:\n${up.stdout}\n${up.stderr}`)
  return {
    ...openTestStack({ directory, status: await statusOf(gatehouse), gatehouse, name }),
    async [Symbol.asyncDispose]() {
      const down = await gatehouse('down')
      if (down.exitCode !== 0) throw new Error(`gatehouse down failed:\n${down.stdout}\n${down.stderr}`)
      if (shared === undefined) await rm(directory, { recursive: true })
    },
  }
}

/** A stack that runs, wherever that is, and whoever ends it. */
export function openTestStack({
  directory,
  status,
  gatehouse,
  name = 'default',
}: Pick<TestStack, 'directory' | 'status' | 'gatehouse'> & { readonly name?: string | undefined }): Omit<
  TestStack,
  typeof Symbol.asyncDispose
> {
  const passwordOf = onceEach(async (person) => {
    const { exitCode, stdout, stderr } = await gatehouse('password', person)
    if (exitCode !== 0) throw new Error(`gatehouse password ${person} failed:\n${stderr}`)
    return stdout.trim()
  })
  const fileOf = onceEach(async (person) => {
    const file = join(directory, `${name}-${person}.yml`)
    const result = await gatehouse('kubeconfig', person)
    if (result.exitCode !== 0) throw new Error(`gatehouse kubeconfig ${person} failed:\n${result.stderr}`)
    await writeFile(file, result.stdout, { mode: 0o600 })
    return file
  })
  const { kubectl } = status.cluster!
  return {
    directory,
    status,
    gatehouse,
    passwordOf,
    terminalOf: onceEach(async (person) => openTerminal(directory, kubectl, await fileOf(person))),
    proxyLog: () => readFile(status.processes.find((one) => one.name === 'apiserver-proxy')!.logFile, 'utf8'),
    terminalAt: (kubeconfig) => openTerminal(directory, kubectl, kubeconfig),
    async terminalWith(person, credentials) {
      const document = parse(await readFile(await fileOf(person), 'utf8')) as { users: { user: object }[] }
      for (const user of document.users) user.user = credentials
      const file = join(await mkdtemp(join(directory, 'kubeconfig-')), 'config')
      await writeFile(file, stringify(document), { mode: 0o600 })
      return openTerminal(directory, kubectl, file)
    },
    async idToken(person, client = { id: 'kyma-client', redirectUri: 'http://127.0.0.1/callback' }) {
      const { idToken } = await login({
        issuer: status.issuer,
        caPem: await readFile(status.certificateAuthorityFile, 'utf8'),
        clientId: client.id,
        redirectUri: client.redirectUri,
        username: person,
        password: await passwordOf(person),
        scopes: ['openid', 'email', 'profile', 'groups'],
        signal: AbortSignal.timeout(20_000),
      })
      return idToken
    },
  }
}

/** Asks for each person once, and remembers the answer. */
function onceEach<T>(ask: (person: string) => Promise<T>): (person: string) => Promise<T> {
  const answers = new Map<string, Promise<T>>()
  return (person) => {
    const answer = answers.get(person) ?? ask(person)
    answers.set(person, answer)
    return answer
  }
}

/** A terminal whose home is `directory`, where it also leaves what it does not clean up (`kubectl edit` its drafts). */
export function openTerminal(directory: string, kubectl: string, kubeconfig: string): Terminal {
  const environment = {
    ...environmentOfKubectl(directory),
    KUBECONFIG: kubeconfig,
    TMPDIR: directory,
    PATH: process.env['PATH'] ?? '',
  }
  const run: Terminal['run'] = async (args, { env, input = '' }) =>
    execa(kubectl, args, {
      env: { ...environment, ...env },
      extendEnv: false,
      reject: false,
      timeout: 60_000,
      input,
    })
  const startWith: Terminal['startWith'] = (env, ...args) =>
    spawn(kubectl, args, { env: { ...environment, ...env } })
  return {
    kubeconfig,
    kubectl: (...args) => run(args, {}),
    kubectlWith: (input, ...args) => run(args, { input }),
    run,
    start: (...args) => startWith({}, ...args),
    startWith,
  }
}
