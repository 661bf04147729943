import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { consolePath, kubectlPath, type Target } from '@gatehouse/conformance'
import { findStack, stateDirectory, stateRoot } from '@gatehouse/stack/running'
import type { Context } from '../context.ts'
import { directPath, proxyPath } from './http-paths.ts'
import { POD_IMAGE } from './target-file.ts'

/** A running stack of this machine as a target: its people log in through dex's pages. */
export async function stackTarget({ env }: Context, name: string): Promise<Target & AsyncDisposable> {
  const root = stateRoot(env)
  const stack = await findStack(root, name)
  const { cluster, urls, certificateAuthorityFile } = await stack.status()
  if (!cluster) throw new Error(`the stack "${name}" is still starting; see "gatehouse status"`)
  const [clusterAuthority, stackAuthority] = await Promise.all([
    readFile(cluster.certificateAuthorityFile, 'utf8'),
    readFile(certificateAuthorityFile, 'utf8'),
  ])
  const direct = { server: cluster.server, certificateAuthority: clusterAuthority }
  const proxy = { server: urls['apiserver-proxy'] ?? '', certificateAuthority: stackAuthority }
  // What a run leaves behind when it is interrupted.
  const state = join(stateDirectory(root, name).root, 'conformance')
  await using paths = new AsyncDisposableStack()
  const target = {
    api: cluster.issuerTrusted ? direct : proxy,
    paths: [
      ...(cluster.issuerTrusted ? [paths.use(directPath(direct))] : []),
      paths.use(proxyPath(proxy)),
      paths.use(
        await kubectlPath({
          server: proxy.server,
          isDirect: false,
          kubectl: cluster.kubectl,
          // The file that the person would download.
          kubeconfigOf: ({ username }, signal) => stack.kubeconfig(username, {}, signal),
          directory: state,
          env,
        }),
      ),
      paths.use(
        consolePath({
          url: urls['console'] ?? '',
          certificateAuthority: stackAuthority,
          passwordOf: (username) => stack.password(username),
          env,
        }),
      ),
    ],
    logIn: async ({ username }: { username: string }, signal: AbortSignal) => ({
      token: await stack.idToken(username, signal),
    }),
    auditLog: cluster.auditLog,
    podImage: cluster.podImage ?? POD_IMAGE,
    journalFile: join(state, 'journal.jsonl'),
  }
  const owned = paths.move()
  return { ...target, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}
