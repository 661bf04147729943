import { isNamespaceName, NAMESPACE_RULE } from '@gatehouse/kubeconfig'
import type { Target } from './target.ts'

/** How a file proves who its user is, where that is by OpenID Connect. */
export type CredentialFormat = 'token' | 'gatehouse' | 'kubelogin'

export interface FileOptions {
  /** The default namespace of the context. */
  readonly namespace?: string
  /** Absent where nothing was asked for. */
  readonly format?: CredentialFormat
}

/** Every option; the OpenAPI document is made of the same. */
export const OPTIONS = {
  namespace: undefined,
  format: ['token', 'exec'],
  plugin: ['gatehouse', 'kubelogin'],
} as const

/** The options of a request, or a sentence on what is wrong with them. Pure. */
export function readOptions(parameters: URLSearchParams, target: Target): FileOptions | string {
  const names = [...parameters.keys()]
  // A mistyped option must not silently mean its default.
  if (names.some((name) => !Object.hasOwn(OPTIONS, name))) {
    return `only the options ${Object.keys(OPTIONS).join(', ')} are known here`
  }
  const repeated = names.find((name, index) => names.indexOf(name) !== index)
  if (repeated) return `the option "${repeated}" is there more than once`

  const namespace = parameters.get('namespace') ?? undefined
  if (namespace !== undefined && !isNamespaceName(namespace)) {
    return `the option "namespace" is not the name of a namespace (${NAMESPACE_RULE})`
  }
  const format = parameters.get('format')
  const plugin = parameters.get('plugin')
  for (const [name, value] of [
    ['format', format],
    ['plugin', plugin],
  ] as const) {
    const values: readonly string[] = OPTIONS[name]
    if (value !== null && !values.includes(value)) {
      return `the option "${name}" must be ${values.join(' or ')}`
    }
  }
  if (format === 'token' && plugin !== null) return 'the option "plugin" belongs to format=exec'
  if (target.kind === 'cluster' && target.file === 'adminkubeconfig' && (format ?? plugin) !== null) {
    return 'the admin kubeconfig has one format only; leave "format" and "plugin" out'
  }
  const chosen = plugin ?? (format === 'exec' ? 'gatehouse' : format)
  return {
    ...(namespace === undefined ? {} : { namespace }),
    ...(chosen === null ? {} : { format: chosen as CredentialFormat }),
  }
}
