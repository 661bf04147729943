import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import type { Revocation } from '@gatehouse/authentication'
import type { ListedDownload } from '@gatehouse/kubeconfig-generator/downloads'
import { isAlive } from '@gatehouse/supervisor'
import { clusterNameOf } from './addresses.ts'
import { askControl } from './control.ts'
import type { KubeconfigOptions } from './download-kubeconfig.ts'
import { StackError } from './errors.ts'
import type { RevokedUser } from './revocations.ts'
import { type StateDirectory, stateDirectory, STACK_NAME } from './state-directory.ts'
import type { StackStatus } from './status.ts'

/** A stack that another process owns, as seen from the outside. */
export interface RunningStack {
  readonly status: () => Promise<StackStatus>
  /** Asks the owner to end the stack; resolves when its process is gone. */
  readonly stop: () => Promise<void>
  /** Logs a person in through dex's pages; the ID token. @throws StackError `ERR_UNKNOWN_PERSON` */
  readonly idToken: (email: string, signal: AbortSignal) => Promise<string>
  /** The person's kubeconfig, as the generator writes it. @throws StackError `ERR_DOWNLOAD` when it refuses */
  readonly kubeconfig: (email: string, options: KubeconfigOptions, signal: AbortSignal) => Promise<string>
  /** The kubeconfigs with a credential of their own that are in force, the latest first. */
  readonly downloads: () => Promise<readonly ListedDownload[]>
  /** Takes away what such kubeconfigs may do; by their IDs. @throws DownloadError `ERR_UNKNOWN_DOWNLOAD` */
  readonly revokeDownloads: (ids: readonly string[]) => Promise<readonly ListedDownload[]>
  /** The password of a person. */
  readonly password: (email: string) => Promise<string>
  /** Whom the proxy refuses, although their tokens are good. */
  readonly revocations: {
    readonly list: () => Promise<readonly Revocation[]>
    readonly revoke: (revoked: RevokedUser) => Promise<void>
    /** False when there was nothing to take back. */
    readonly undo: (user: string) => Promise<boolean>
  }
}

/**
 * Finds the stack `name` below `root`.
 *
 * @throws StackError `ERR_NOT_RUNNING`
 */
export async function findStack(root: string, name: string): Promise<RunningStack> {
  const state = stateDirectory(root, name)
  const status = async () => (await ask(state, name, 'GET', '/status')) as StackStatus
  const { pid } = await status()
  return {
    status,
    stop: async () => {
      await ask(state, name, 'POST', '/stop')
      while (isAlive(pid)) await delay(20)
    },
    downloads: async () => (await loadDownloads()).listDownloads(state),
    revokeDownloads: async (ids) =>
      (await loadDownloads()).revokeDownloads(
        { catalogueFile: state.catalogueFile, auditFile: state.downloadsAuditFile },
        ids,
      ),
    password: async (email) => (await loadPasswords()).passwordOf(state, email),
    revocations: {
      list: async () => (await loadRevocations()).readRevocations(state),
      revoke: async (revoked) => (await loadRevocations()).revoke(state, revoked),
      undo: async (user) => (await loadRevocations()).undoRevocation(state, user),
    },
    idToken: (email, signal) => idTokenOf(state, name, email, signal),
    kubeconfig: async (email, asked, signal) => {
      const options = { ...asked, cluster: asked.cluster ?? (asked.admin ? clusterNameOf(name) : undefined) }
      const { readStackFile } = await loadStackFile()
      const { kubeconfigGenerator, certificateAuthorityFile } = await readStackFile(state, name)
      const token = await idTokenOf(state, name, email, signal)
      const certificateAuthority = await readFile(certificateAuthorityFile, 'utf8')
      const { downloadKubeconfig } = await import('./download-kubeconfig.ts')
      return downloadKubeconfig({
        generator: kubeconfigGenerator,
        certificateAuthority,
        token,
        options,
        signal,
      })
    },
  }
}

// Loaded by the commands that need them: they bring schemas, a Kubernetes client, an OpenID Connect client and the
// like, for which no other command should wait.
const loadDownloads = () => import('@gatehouse/kubeconfig-generator/downloads')
const loadPasswords = () => import('./passwords.ts')
const loadStackFile = () => import('./stack-file.ts')
const loadRevocations = () => import('./revocations.ts')

/** Every stack below `root` that runs now, by name. */
export async function listStacks(root: string): Promise<StackStatus[]> {
  const entries = await readdir(root, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  const names = entries
    .filter((entry) => entry.isDirectory() && STACK_NAME.test(entry.name))
    .map(({ name }) => name)
  const stacks = await Promise.all(
    names.toSorted().map(async (name) => {
      try {
        return [(await ask(stateDirectory(root, name), name, 'GET', '/status')) as StackStatus]
      } catch (error) {
        if (error instanceof StackError && error.code === 'ERR_NOT_RUNNING') return []
        throw error
      }
    }),
  )
  return stacks.flat()
}

async function ask(
  state: StateDirectory,
  name: string,
  method: 'GET' | 'POST',
  path: string,
): Promise<unknown> {
  try {
    return await askControl(state.controlSocket, method, path)
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code !== 'ENOENT' && code !== 'ECONNREFUSED') throw cause
    throw new StackError(
      'ERR_NOT_RUNNING',
      `no stack named "${name}" is running; start one with "gatehouse up"`,
      { cause },
    )
  }
}

async function idTokenOf(
  state: StateDirectory,
  name: string,
  email: string,
  signal: AbortSignal,
): Promise<string> {
  const password = await (await loadPasswords()).passwordOf(state, email)
  const stack = await (await loadStackFile()).readStackFile(state, name)
  const { logIn } = await import('./log-in.ts')
  return logIn(stack, { email, password }, signal)
}
