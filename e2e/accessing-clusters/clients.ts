import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { buildClientGo, otherKubectls } from '@gatehouse/e2e-clients/go-programs'
import { execa } from 'execa'

const CLIENTS = join(import.meta.dirname, '..', 'clients')

/** What every client tells of itself; see e2e/clients. */
export interface Told {
  readonly context: string
  readonly cluster: string
  readonly user: string
  readonly namespace: string
  readonly username: string
  readonly namespaces: number
}

/** For what ends before it would pay to have compiled it: all that pip installs, and what Maven runs. */
export const COMPILE_LESS = { PIP_COMPILE: '0', MAVEN_OPTS: '-XX:TieredStopAtLevel=1 -XX:+UseSerialGC' }

type Environment = Readonly<Record<string, string>>

/** Asks a client who it is with each of these kubeconfigs, of which none may fail. */
export type Ask = (kubeconfigs: readonly string[], env: Environment) => Promise<Told[]>

export interface Client {
  /** What this machine may lack. */
  readonly program: string
  /** Whether the library heeds `tls-server-name`. */
  readonly knowsServerName: boolean
  /** Gets what the client is made of. `terminal` is the folder in which the page's commands were typed. */
  readonly prepare: (options: { terminal: string; env: Environment }) => Promise<Ask>
}

const others = (await otherKubectls()).map(({ version, build }) => {
  const client: Client = {
    program: 'go',
    knowsServerName: true,
    prepare: async () => askingKubectl(await build()),
  }
  return [`kubectl ${version}`, client] as const
})

/** Every client, by its name. */
export const clients: Readonly<Record<string, Client>> = {
  kubectl: { program: 'bash', knowsServerName: true, prepare: async () => askingKubectl('kubectl') },
  ...Object.fromEntries(others),
  'client-go': {
    program: 'go',
    knowsServerName: true,
    prepare: async () => asking(await buildClientGo()),
  },
  'client-node': {
    program: 'node',
    knowsServerName: true,
    prepare: async () => asking('node', join(CLIENTS, 'node', 'whoami.ts')),
  },
  'client-python': {
    program: 'python3',
    knowsServerName: true,
    async prepare({ terminal, env }) {
      const bin = join(terminal, 'python', 'bin')
      // What the page's commands have installed is there already, where they were typed.
      if (!existsSync(bin)) {
        const requirements = join(CLIENTS, 'python', 'requirements.txt')
        await execa('python3', ['-m', 'venv', dirname(bin)], { env })
        await execa(join(bin, 'pip'), ['install', '--quiet', '--requirement', requirements], { env })
      }
      return asking(join(bin, 'python'), join(CLIENTS, 'python', 'whoami.py'))
    },
  },
  'client-java': {
    program: 'mvn',
    // As of 27.0.0; it asks for the address, and gets the gateway's own certificate.
    knowsServerName: false,
    prepare: async () => async (kubeconfigs, env) => {
      const pom = ['--quiet', '--batch-mode', '--file', join(CLIENTS, 'java', 'pom.xml')]
      const args = [...pom, 'compile', 'exec:java', `-Dexec.args=${kubeconfigs.join(' ')}`]
      return toldIn((await execa('mvn', args, { env })).stdout)
    },
  },
}

function asking(program: string, ...args: string[]): Ask {
  return async (kubeconfigs, env) => toldIn((await execa(program, [...args, ...kubeconfigs], { env })).stdout)
}

function askingKubectl(kubectl: string): Ask {
  return (kubeconfigs, env) =>
    Promise.all(kubeconfigs.map((file) => askKubectl(kubectl, { ...env, KUBECONFIG: file })))
}

async function askKubectl(kubectl: string, env: Environment): Promise<Told> {
  const json = async (...args: string[]) => {
    const { stdout } = await execa(kubectl, [...args, '--output=json'], { env })
    return JSON.parse(stdout) as unknown
  }
  const view = (await json('config', 'view', '--minify')) as {
    contexts: [{ name: string; context: { cluster: string; user: string; namespace?: string } }]
  }
  const { status } = (await json('auth', 'whoami')) as { status: { userInfo: { username: string } } }
  const { items } = (await json('get', 'namespaces')) as { items: unknown[] }
  const [{ name, context }] = view.contexts
  return {
    context: name,
    cluster: context.cluster,
    user: context.user,
    namespace: context.namespace ?? '',
    username: status.userInfo.username,
    namespaces: items.length,
  }
}

/** The lines of JSON in what a client printed; Maven adds escape sequences around them. */
export function toldIn(stdout: string): Told[] {
  const lines = stdout.match(/\{.*\}/g)
  if (lines === null) throw new Error(`a client told nothing: ${stdout}`)
  return lines.map((line) => JSON.parse(line) as Told)
}
