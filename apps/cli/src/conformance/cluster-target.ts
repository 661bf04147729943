import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { type Endpoint, kubectlPath, type LoggedIn, type Target } from '@gatehouse/conformance'
import { buildKubeconfig, currentCluster, readKubeconfig, stringifyKubeconfig } from '@gatehouse/kubeconfig'
import { loadConfiguration } from '@gatehouse/server/configuration'
import { stateRoot } from '@gatehouse/stack/running'
import type { Context } from '../context.ts'
import { directPath, proxyPath } from './http-paths.ts'
import { logInBy } from './log-in.ts'
import { targetSchema } from './target-file.ts'

/**
 * Any cluster as a target, as a file describes it.
 *
 * @throws ConfigurationError, KubeconfigError
 */
export async function clusterTarget({ env }: Context, file: string): Promise<Target & AsyncDisposable> {
  const given = await loadConfiguration(file, targetSchema)
  const directory = dirname(file)
  const { server, caPem, tlsServerName } = await currentCluster(
    await readKubeconfig(resolve(directory, given.kubeconfig)),
  )
  const direct: Endpoint = { server, certificateAuthority: caPem, tlsServerName }
  const proxy: Endpoint | undefined = given.proxy && {
    server: given.proxy.server,
    certificateAuthority: given.proxy.certificateAuthorityFile
      ? await readFile(resolve(directory, given.proxy.certificateAuthorityFile), 'utf8')
      : undefined,
  }
  // What a run leaves behind when it is interrupted belongs to this file and no other.
  const state = join(
    stateRoot(env),
    '.conformance',
    createHash('sha256').update(file).digest('hex').slice(0, 16),
  )
  await using paths = new AsyncDisposableStack()
  const target: Target = {
    api: direct,
    paths: [
      paths.use(directPath(direct)),
      ...(proxy ? [paths.use(proxyPath(proxy))] : []),
      paths.use(
        await kubectlPath({
          server: (proxy ?? direct).server,
          isDirect: proxy === undefined,
          kubectl: given.kubectl,
          kubeconfigOf: async (persona) => kubeconfigFor(proxy ?? direct, persona),
          directory: state,
          env,
        }),
      ),
    ],
    logIn: logInBy(given.login, { directory, env, cacheDirectory: state }),
    auditLog: given.auditLog && resolve(directory, given.auditLog),
    podImage: given.pods ? given.podImage : undefined,
    journalFile: join(state, 'journal.jsonl'),
  }
  const owned = paths.move()
  return { ...target, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

function kubeconfigFor(
  { server, certificateAuthority, tlsServerName }: Endpoint,
  { id, credential }: LoggedIn,
): string {
  const user = 'token' in credential ? { name: id, token: credential.token } : { name: id, ...credential }
  const cluster = {
    name: 'conformance',
    server,
    certificateAuthority,
    ...(tlsServerName ? { tlsServerName } : {}),
  }
  return stringifyKubeconfig(buildKubeconfig({ cluster, user }))
}
