import { dirname, isAbsolute, join } from 'node:path'
import { getCACertificates } from 'node:tls'
import {
  currentCluster,
  type KubeconfigDocument,
  KubeconfigError,
  type KubeconfigUser,
  readKubeconfig,
} from '@gatehouse/kubeconfig'
import { ClusterError } from '../errors.ts'

/** One context of a kubeconfig that somebody else keeps. */
export interface KubeconfigSource {
  readonly context: string
  /** The context, its cluster and its user alone, with absolute paths. Holds the user's credential. */
  readonly document: KubeconfigDocument
  readonly server: string
  /** PEM; the system's authorities where the kubeconfig names none, as kubectl does. */
  readonly certificateAuthority: string
  readonly tlsServerName?: string
}

/**
 * Reads the context `wanted` of the kubeconfig `file`, or its current one. The credential is not looked at:
 * it is kubectl's to use.
 *
 * @throws ClusterError `ERR_KUBECONFIG` for a file or context that is missing, or a server that can't be proxied
 */
export async function readSource(file: string, wanted: string | undefined): Promise<KubeconfigSource> {
  try {
    const whole = await readKubeconfig(file)
    const document = onlyContext(whole, chooseContext(whole, file, wanted), dirname(file))
    const { server, caPem, tlsServerName } = await currentCluster(withoutCredential(document))
    refuseUnproxied(server, file)
    return {
      context: document['current-context'],
      document,
      server: server.replace(/\/$/, ''),
      certificateAuthority: caPem ?? getCACertificates('system').join('\n'),
      ...(tlsServerName ? { tlsServerName } : {}),
    }
  } catch (cause) {
    if (!(cause instanceof KubeconfigError)) throw cause
    throw new ClusterError(
      'ERR_KUBECONFIG',
      `${cause.message}; the cluster is reached with the kubeconfig ${file}: correct it, or name another`,
      { cause },
    )
  }
}

function chooseContext(document: KubeconfigDocument, file: string, wanted: string | undefined): string {
  const name = wanted ?? document['current-context']
  const names = document.contexts.map((entry) => entry.name)
  if (names.includes(name)) return name
  const there = names.length > 0 ? `it has ${names.join(', ')}` : 'it has none'
  throw new ClusterError(
    'ERR_KUBECONFIG',
    name === ''
      ? `the kubeconfig ${file} has no current context; name the context to use (${there})`
      : `the kubeconfig ${file} has no context "${name}"; ${there}`,
  )
}

/** Pure. */
function onlyContext(document: KubeconfigDocument, name: string, directory: string): KubeconfigDocument {
  const contexts = document.contexts.filter((entry) => entry.name === name)
  const { cluster, user } = contexts[0]?.context ?? {}
  return {
    ...document,
    contexts,
    clusters: document.clusters.filter((entry) => entry.name === cluster),
    users: document.users
      .filter((entry) => entry.name === user)
      .map((entry) => ({ ...entry, user: withAbsolutePlugin(entry.user, directory) })),
    'current-context': name,
  }
}

/** A plugin's command with a slash is relative to the kubeconfig (client-go's clientcmd). */
function withAbsolutePlugin(user: KubeconfigUser, directory: string): KubeconfigUser {
  const { exec } = user
  if (typeof exec !== 'object' || exec === null || !('command' in exec)) return user
  const { command } = exec
  if (typeof command !== 'string' || !command.includes('/') || isAbsolute(command)) return user
  return { ...user, exec: { ...exec, command: join(directory, command) } }
}

function withoutCredential(document: KubeconfigDocument): KubeconfigDocument {
  return { ...document, users: document.users.map(({ name }) => ({ name, user: {} })) }
}

/** What the access proxy can't stand in front of. */
function refuseUnproxied(server: string, file: string): void {
  const { protocol, pathname } = new URL(server)
  if (protocol === 'https:' && pathname === '/') return
  throw new ClusterError(
    'ERR_KUBECONFIG',
    `the server ${server} in ${file} can't be used: it must be https://host:port without a path, since a proxy in between would see every credential; name a context that reaches the API server itself`,
  )
}
