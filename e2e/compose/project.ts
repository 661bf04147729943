import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { resolveBinaries } from '@gatehouse/binaries'
import { type Ended, openTestStack, type TestStack } from '@gatehouse/e2e-path-b/gatehouse'
import type { StackStatus } from '@gatehouse/stack/running'
import { execa } from 'execa'
import getPort from 'get-port'

const root = join(import.meta.dirname, '../..')

/** docker-compose.yml under a name and with ports of its own. */
export interface Project {
  readonly name: string
  /** The published ports, by their variables in docker-compose.yml. */
  readonly ports: Readonly<Record<string, number>>
  /** Runs docker-compose; `signal` is sent to it when it aborts, as Ctrl-C sends SIGINT. */
  readonly compose: (args: readonly string[], signal?: AbortSignal) => Promise<Ended>
}

export async function openProject(name: string): Promise<Project> {
  const { 'docker-compose': program } = await resolveBinaries(['docker-compose'], {
    env: process.env,
    signal: AbortSignal.timeout(1_200_000),
  })
  const ports: Record<string, number> = {}
  for (const listener of ['HTTPS', 'HTTP', 'PROXY', 'APISERVER']) {
    ports[`GATEHOUSE_${listener}_PORT`] = await getPort({ host: '127.0.0.1' })
  }
  const env = Object.fromEntries(Object.entries(ports).map(([key, port]) => [key, String(port)]))
  return {
    name,
    ports,
    compose: (args, signal) =>
      execa(program.path, ['--project-name', name, ...args], {
        cwd: root,
        env,
        stdin: 'ignore',
        reject: false,
        ...(signal ? { cancelSignal: signal, killSignal: 'SIGINT', forceKillAfterDelay: 120_000 } : {}),
      }),
  }
}

/** Makes the images that docker-compose.yml names, where something of them has changed. */
export async function makeImages(): Promise<void> {
  await execa(process.execPath, ['scripts/images/main.ts'], { cwd: root })
}

/** What the engine has of a project: containers, networks, volumes, one a line. */
export async function leftOf({ name }: Project): Promise<string[]> {
  const filter = ['--filter', `label=com.docker.compose.project=${name}`]
  const lists = await Promise.all([
    execa('docker', ['ps', '--all', ...filter, '--format', 'container {{.Names}}']),
    execa('docker', ['network', 'ls', ...filter, '--format', 'network {{.Name}}']),
    execa('docker', ['volume', 'ls', ...filter, '--format', 'volume {{.Name}}']),
  ])
  return lists.flatMap(({ stdout }) => stdout.split('\n')).filter((line) => line !== '')
}

/** The stack of a project that is up, as the tests of path B see one. */
export async function openComposeStack(project: Project): Promise<TestStack> {
  const directory = await mkdtemp(join(tmpdir(), 'gh-compose-'))
  const inStack = (...args: string[]) => project.compose(['exec', '-T', 'stack', ...args])
  const gatehouse = (...args: string[]) => inStack('gatehouse', ...args)
  const copy = async (file: string) => {
    const here = join(directory, basename(file))
    const { stdout } = await inStack('node', '--print', `fs.readFileSync(${JSON.stringify(file)}, 'utf8')`)
    await writeFile(here, stdout)
    return here
  }
  const inside = JSON.parse((await gatehouse('status', '--json')).stdout) as StackStatus
  const cluster = inside.cluster!
  const { kubectl } = await resolveBinaries(['kubectl'], {
    env: process.env,
    signal: AbortSignal.timeout(600_000),
  })
  const status: StackStatus = {
    ...inside,
    certificateAuthorityFile: await copy(inside.certificateAuthorityFile),
    cluster: {
      ...cluster,
      certificateAuthorityFile: await copy(cluster.certificateAuthorityFile),
      kubectl: kubectl.path,
    },
  }
  return {
    ...openTestStack({ directory, status, gatehouse }),
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true }),
  }
}
