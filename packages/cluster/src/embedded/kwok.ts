import { join } from 'node:path'
import { writePrivateFile } from '@gatehouse/private-files'
import type { ProcessSpec } from '@gatehouse/supervisor'
import { stringify } from 'yaml'
import type { Identity } from './certificates.ts'
import { answersOk } from './health.ts'
import { CONTAINER_LOG, containerLog, kwokConfiguration } from './kwok-configuration.ts'
import type { Layout } from './layout.ts'
import { LOOPBACK } from './ports.ts'
import type { Isolation } from './sandbox/isolation.ts'
import type { SandboxSettings } from './sandbox/main.ts'
import { inNetworkNamespace } from './sandbox/sandbox-command.ts'
import { sandboxPorts } from './sandbox/sockets.ts'
import { scriptPath } from './script.ts'

export interface KwokSettings {
  readonly command: string
  /** Path of Node, which runs the sandbox. */
  readonly node: string
  readonly layout: Layout
  readonly isolation: Isolation
  readonly nodeName: string
  /** The kubelet port that the node announces. */
  readonly port: number
  readonly server: Identity
  /** The API server's certificate for the kubelet endpoint, which the health check uses too. */
  readonly apiserver: Identity
  readonly apiserverPort: number
}

const CONFIGURATION = 'kwok.yaml'
const KUBECONFIG = 'kubeconfig.yaml'

/** The file that kwok reads its credentials from; the recipe writes it. */
export const kwokKubeconfig = (layout: Layout): string => join(layout.kwok, KUBECONFIG)

/** Writes the files that kwok reads, beside its kubeconfig. */
export async function writeKwokFiles({ layout, isolation, port, server }: KwokSettings): Promise<void> {
  const documents = isolation.available
    ? kwokConfiguration(
        {
          node: { host: LOOPBACK, port },
          serverAddress: `${LOOPBACK}:${sandboxPorts.kwok}`,
          files: '/kwok',
        },
        { commands: true },
      )
    : kwokConfiguration(
        {
          node: { host: LOOPBACK, port },
          serverAddress: `${LOOPBACK}:${port}`,
          files: layout.kwok,
          tls: server,
        },
        { commands: false },
      )
  const yaml = documents.map((document) => `---\n${stringify(document)}`).join('')
  await writePrivateFile(join(layout.kwok, CONFIGURATION), yaml)
  await writePrivateFile(join(layout.kwok, CONTAINER_LOG), containerLog)
}

/** kwok, which plays the kubelet: in the sandbox where there is one, else without running commands. Pure. */
export function kwokProcess(settings: KwokSettings): ProcessSpec {
  const { layout, isolation, port, apiserver } = settings
  const [command, ...args] = isolation.available
    ? sandboxed(settings, isolation)
    : kwokCommand(settings.command, layout.kwok)
  return {
    name: 'kwok',
    command: command!,
    args,
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: layout.kwok },
    cwd: layout.kwok,
    logFile: join(layout.logs, 'kwok.log'),
    dependsOn: ['kube-apiserver', ...(isolation.available ? ['kubelet-endpoint'] : [])],
    isHealthy: (signal) => answersOk({ port, path: '/healthz', ...apiserver, signal }),
    stopWithinMs: 2_000,
  }
}

function kwokCommand(executable: string, files: string): string[] {
  return [executable, `--config=${files}/${CONFIGURATION}`, `--kubeconfig=${files}/${KUBECONFIG}`]
}

function sandboxed(settings: KwokSettings, { tools, root }: Isolation & { available: true }): string[] {
  const sandbox: SandboxSettings = {
    tools,
    root: {
      directory: settings.layout.kwokRoot,
      files: settings.layout.kwok,
      kwok: settings.command,
      hostName: settings.nodeName,
    },
    apiserverPort: settings.apiserverPort,
    command: kwokCommand('/kwok/kwok', '/kwok'),
  }
  return inNetworkNamespace(tools, root, [settings.node, scriptPath('sandbox/main'), JSON.stringify(sandbox)])
}
