import { join } from 'node:path'
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

/** The program that a client needs, and how it is run; `prepare` gets its libraries. */
export interface Client {
  readonly program: string
  /** Whether the library heeds `tls-server-name`. */
  readonly knowsServerName: boolean
  readonly prepare?: (directory: string) => readonly [string, ...string[]][]
  readonly command: (directory: string) => readonly [string, ...string[]]
}

export const clients = {
  'client-go': {
    program: 'go',
    knowsServerName: true,
    command: () => ['go', '-C', join(CLIENTS, 'go'), 'run', '.'],
  },
  'client-node': {
    program: 'node',
    knowsServerName: true,
    command: () => ['node', join(CLIENTS, 'node', 'whoami.ts')],
  },
  'client-python': {
    program: 'python3',
    knowsServerName: true,
    prepare: (directory) => [
      ['python3', '-m', 'venv', join(directory, 'python')],
      [
        join(directory, 'python', 'bin', 'pip'),
        'install',
        '--quiet',
        '--requirement',
        join(CLIENTS, 'python', 'requirements.txt'),
      ],
    ],
    command: (directory) => [
      join(directory, 'python', 'bin', 'python'),
      join(CLIENTS, 'python', 'whoami.py'),
    ],
  },
  'client-java': {
    program: 'mvn',
    // As of 27.0.0; it asks for the address, and gets the gateway's own certificate.
    knowsServerName: false,
    command: () => [
      'mvn',
      '--quiet',
      '--batch-mode',
      '--file',
      join(CLIENTS, 'java', 'pom.xml'),
      'compile',
      'exec:java',
    ],
  },
} as const satisfies Record<string, Client>

/** Gets what a client needs. */
export async function prepareClient(
  { prepare }: Client,
  options: { directory: string; env: Record<string, string> },
): Promise<void> {
  for (const [program, ...args] of prepare?.(options.directory) ?? []) {
    await execa(program, args, { env: options.env })
  }
}

/** Runs a client with a kubeconfig. */
export async function runClient(
  { command }: Client,
  { directory, env, kubeconfig }: { directory: string; env: Record<string, string>; kubeconfig: string },
): Promise<Told> {
  const [program, ...args] = command(directory)
  const { stdout } = await execa(program, args, { env: { ...env, KUBECONFIG: kubeconfig } })
  return toldIn(stdout)
}

/** The line of JSON in what a client printed; Maven adds escape sequences around it. */
export function toldIn(stdout: string): Told {
  const line = /\{.*\}/.exec(stdout)?.[0]
  if (line === undefined) throw new Error(`a client told nothing: ${stdout}`)
  return JSON.parse(line) as Told
}
