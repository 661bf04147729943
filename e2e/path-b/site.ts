import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Terminal, TestStack } from './gatehouse.ts'
import type { Provider } from './pods.ts'

/** Where people log in and download: a stack, or something like it, as they reach it. */
export interface Site {
  readonly provider: Provider
  /** What tests put here goes away with it. */
  readonly directory: string
  readonly urls: {
    /** The console by plain HTTP. */
    readonly plain: string
    readonly console: string
    readonly issuer: string
    readonly generator: string
  }
  /** The authority of all of them, in PEM. */
  readonly authority: string
  readonly passwordOf: (email: string) => Promise<string>
  readonly idToken: (email: string) => Promise<string>
  /** kubectl with a kubeconfig that is there already. */
  readonly terminalAt: (kubeconfig: string) => Terminal
}

/** The site of a stack; `httpPort` is the gateway's for plain HTTP, by default that of a stack on this machine. */
export async function siteOf(stack: TestStack, provider: Provider, httpPort?: number): Promise<Site> {
  const { directory, status, passwordOf, idToken, terminalAt } = stack
  const console = status.urls['console']!
  return {
    provider,
    directory,
    urls: {
      plain: `http://${new URL(console).hostname}:${httpPort ?? (await httpPortIn(directory))}`,
      console,
      issuer: status.issuer,
      generator: status.urls['kubeconfig-generator']!,
    },
    authority: await readFile(status.certificateAuthorityFile, 'utf8'),
    passwordOf,
    idToken: (email) => idToken(email),
    terminalAt,
  }
}

/** The gateway's own choice, which stands in the processes' state. */
async function httpPortIn(directory: string): Promise<number> {
  const ports = JSON.parse(await readFile(join(directory, 'default/ports.json'), 'utf8')) as {
    gatewayHttp: number
  }
  return ports.gatewayHttp
}
