import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { currentCluster, readKubeconfig } from '@gatehouse/kubeconfig'
import { startStack as startWholeStack } from '@gatehouse/stack'
import { findStack, type StackStatus } from '@gatehouse/stack/running'
import { configurationSchema } from '@gatehouse/stack/settings'
import { Supervisor } from '@gatehouse/supervisor'
import { openPersona, type Persona } from './persona.ts'

/** A whole stack that belongs to a test. */
export interface TestStack extends AsyncDisposable {
  /** Addresses, people, files: what `gatehouse status --json` prints. */
  readonly status: StackStatus
  /** Logs somebody in through dex; the persona's way in is the access proxy. Disposed with the stack. */
  readonly persona: (email: string) => Promise<Persona>
}

export interface TestStackOptions {
  /** What would stand in gatehouse.yaml. */
  readonly configuration?: Parameters<typeof configurationSchema.parse>[0]
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly signal?: AbortSignal
}

const LOG_IN_WITHIN_MS = 30_000
const START_WITHIN_MS = 600_000

/**
 * Starts a stack with a state directory of its own, which goes away with it, on ports that are free.
 *
 * @throws StackError, SupervisorError, ClusterError, BinariesError, ZodError for the configuration
 */
export async function startStack(options: TestStackOptions = {}): Promise<TestStack> {
  const { configuration = {}, env = process.env, signal = AbortSignal.timeout(START_WITHIN_MS) } = options
  await using starting = new AsyncDisposableStack()
  // Short, since the path of its socket must be.
  const root = await mkdtemp(join(tmpdir(), 'gh-'))
  starting.defer(() => rm(root, { recursive: true, force: true }))
  const name = 'test'
  const stack = starting.use(
    await startWholeStack({
      name,
      root,
      env,
      signal,
      configuration: configurationSchema.parse(configuration),
      supervisor: new Supervisor(),
    }),
  )
  const status = stack.status()
  const running = await findStack(root, name)
  const resources = starting.move()
  return {
    status,
    async persona(email) {
      const [token, caPem, administrator] = await Promise.all([
        running.idToken(email, AbortSignal.timeout(LOG_IN_WITHIN_MS)),
        readFile(status.certificateAuthorityFile, 'utf8'),
        readKubeconfig(status.cluster!.adminKubeconfig).then(currentCluster),
      ])
      const connection = { server: status.urls['apiserver-proxy']!, caPem, token }
      return resources.use(openPersona({ name: email, connection, administrator }))
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  }
}
