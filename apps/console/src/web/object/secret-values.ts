import type { KubernetesObject } from '../api/objects.ts'

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration'
const HIDDEN = '(hidden)'

/** Whether an object holds values that are shown only when asked for. Pure. */
export function holdsSecrets({ kind, apiVersion }: KubernetesObject): boolean {
  return kind === 'Secret' && apiVersion === 'v1'
}

/** The object with every secret value replaced, the copy in kubectl's annotation included. Pure. */
export function withoutSecretValues(object: KubernetesObject): KubernetesObject {
  if (!holdsSecrets(object)) return object
  const hide = (values: unknown) => Object.fromEntries(Object.keys(values ?? {}).map((key) => [key, HIDDEN]))
  const { annotations } = object.metadata
  return {
    ...object,
    metadata: {
      ...object.metadata,
      ...(annotations?.[LAST_APPLIED] === undefined
        ? {}
        : { annotations: { ...annotations, [LAST_APPLIED]: HIDDEN } }),
    },
    ...(object['data'] === undefined ? {} : { data: hide(object['data']) }),
    ...(object['stringData'] === undefined ? {} : { stringData: hide(object['stringData']) }),
  }
}

/** A value of a Secret's `data` as text; undefined where it is not text in UTF-8. Pure. */
export function decodeValue(base64: string): string | undefined {
  try {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}
