import type { CoreV1Api, V1OwnerReference, V1Secret } from '@kubernetes/client-node'
import { DexError } from '../../errors.ts'
import type { KubernetesSettings } from '../../config/storage.ts'
import { readOwner } from './owner.ts'

const PAGE = 500

/** The Secrets of one namespace, as far as the storage needs them. */
export interface Secrets {
  /** Whom they are to belong to, if anybody. */
  readonly owner: V1OwnerReference | undefined
  readonly get: (name: string) => Promise<V1Secret | undefined>
  /** False when somebody was faster: it is there already, or was changed or deleted since it was read. */
  readonly write: (secret: V1Secret) => Promise<boolean>
  /** Deletes it, or that version of it; false when there is none. */
  readonly delete: (name: string, resourceVersion?: string) => Promise<boolean>
  readonly list: (labelSelector: string) => AsyncIterable<V1Secret>
}

/**
 * Opens the Secrets that the settings name. The client is loaded only now: most of it is never needed, and
 * it takes half a second.
 *
 * @throws DexError `ERR_STORAGE`
 */
export async function openSecrets(settings: KubernetesSettings): Promise<Secrets> {
  const { ApiException, CoreV1Api, KubeConfig } = await import('@kubernetes/client-node')
  const config = new KubeConfig()
  const attempt = async <T>(work: () => Promise<T> | T): Promise<T> => {
    try {
      return await work()
    } catch (cause) {
      throw new DexError('ERR_STORAGE', `the Kubernetes storage can't be used: ${messageOf(cause)}`, {
        cause,
      })
    }
  }
  /** `otherwise` where the API server's answer is one of `codes`. */
  const unless = async <T>(codes: readonly number[], otherwise: T, work: () => Promise<T>): Promise<T> =>
    attempt(async () => {
      try {
        return await work()
      } catch (error) {
        if (error instanceof ApiException && codes.includes(error.code)) return otherwise
        throw error
      }
    })
  await attempt(() => {
    if (settings.inCluster) config.loadFromCluster()
    else config.loadFromFile(settings.kubeConfigFile)
  })
  const api: CoreV1Api = config.makeApiClient(CoreV1Api)
  const owner = await attempt(() => readOwner(config))
  const namespace = config.getContextObject(config.getCurrentContext())?.namespace ?? 'default'
  return {
    owner,
    get: (name) => unless([404], undefined, () => api.readNamespacedSecret({ name, namespace })),
    write: (secret) =>
      unless([404, 409], false, async () => {
        const { name = '', resourceVersion } = secret.metadata ?? {}
        if (resourceVersion === undefined) await api.createNamespacedSecret({ namespace, body: secret })
        else await api.replaceNamespacedSecret({ name, namespace, body: secret })
        return true
      }),
    delete: (name, resourceVersion) =>
      unless([404, 409], false, async () => {
        const preconditions = resourceVersion === undefined ? {} : { preconditions: { resourceVersion } }
        await api.deleteNamespacedSecret({ name, namespace, body: preconditions })
        return true
      }),
    async *list(labelSelector) {
      let _continue: string | undefined
      do {
        const options = _continue === undefined ? {} : { _continue }
        const page = await attempt(() =>
          api.listNamespacedSecret({ namespace, labelSelector, limit: PAGE, ...options }),
        )
        yield* page.items
        _continue = page.metadata?._continue
      } while (_continue)
    },
  }
}

/** The API server's own sentence where there is one; never a request, which holds secrets. */
function messageOf(error: unknown): string {
  const { body, code, cause, message } = error as Error & { body?: unknown; code?: unknown }
  if (body === undefined) return cause instanceof Error ? `${message}: ${cause.message}` : message
  return sentenceOf(body) ?? `the API server answered ${String(code)}`
}

/** The message of a metav1.Status, which comes parsed or as text. */
function sentenceOf(body: unknown): string | undefined {
  try {
    const status: unknown = typeof body === 'string' ? JSON.parse(body) : body
    return (status as { message?: string } | null)?.message
  } catch {
    return undefined
  }
}
