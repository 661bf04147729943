import { execa } from 'execa'

export interface KubectlOptions {
  /** Instead of the administrator's. */
  readonly kubeconfig?: string
  readonly env?: Readonly<Record<string, string>>
  readonly input?: string
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

export interface KubectlResult {
  readonly exitCode: number | undefined
  readonly stdout: string
  readonly stderr: string
}

/** Runs kubectl as the administrator, or with `kubeconfig`. Never rejects for a failing command. */
export type Kubectl = (args: readonly string[], options?: KubectlOptions) => Promise<KubectlResult>

/** Something on which kubectl can be run: a test's cluster. */
interface WithKubectl {
  readonly kubectl: Kubectl
}

/** The environment of a kubectl that is at home in `home`, where it keeps what it has learnt of a cluster. */
export const environmentOfKubectl = (home: string) => ({
  HOME: home,
  // It ends before there is anything to collect, and has one thing to do at a time.
  GOGC: 'off',
  GOMAXPROCS: '1',
})

/**
 * The real kubectl for tests.
 *
 * @param home a directory of the cluster's: what kubectl remembers goes by addresses, which another cluster may have
 */
export function kubectlAt(home: string, command: string, adminKubeconfig: string): Kubectl {
  return async (args, { kubeconfig = adminKubeconfig, env = {}, input, timeoutMs = 70_000, signal } = {}) => {
    const { exitCode, stdout, stderr } = await execa(command, ['--kubeconfig', kubeconfig, ...args], {
      env: { ...environmentOfKubectl(home), ...env },
      extendEnv: false,
      reject: false,
      timeout: timeoutMs,
      ...(signal ? { cancelSignal: signal } : {}),
      ...(input === undefined ? { stdin: 'ignore' } : { input }),
    })
    return { exitCode, stdout, stderr }
  }
}

/** Runs kubectl, and gives what it wrote to stdout; fails with what it wrote to stderr. */
export async function kubectlOutput(
  { kubectl }: WithKubectl,
  args: readonly string[],
  options?: KubectlOptions,
): Promise<string> {
  const { exitCode, stdout, stderr } = await kubectl(args, options)
  if (exitCode !== 0) throw new Error(`kubectl ${args.join(' ')} ended with ${exitCode}: ${stderr}`)
  return stdout
}

/** Objects, or a YAML or JSON text with some. */
type Objects = string | readonly object[]

/** Makes the objects, or what is there like them. */
export async function apply(on: WithKubectl, objects: Objects): Promise<void> {
  await kubectlOutput(on, ['apply', '--server-side', '-f', '-'], { input: textOf(objects) })
}

/** Removes the objects, and waits until they are gone. */
export async function remove(on: WithKubectl, objects: Objects): Promise<void> {
  await kubectlOutput(on, ['delete', '-f', '-'], { input: textOf(objects) })
}

function textOf(objects: Objects): string {
  return typeof objects === 'string'
    ? objects
    : JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects })
}
