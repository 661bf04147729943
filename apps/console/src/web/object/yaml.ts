import { parseDocument, stringify } from 'yaml'
import type { KubernetesObject } from '../api/objects.ts'

/** The object for people: without `managedFields`. Pure. */
export function toYaml(object: KubernetesObject): string {
  const { managedFields: _unread, ...metadata } = object.metadata
  return stringify({ ...object, metadata }, { lineWidth: 0 })
}

export type ParsedYaml = { readonly object: KubernetesObject } | { readonly problem: string }

/** What somebody typed as an object, or why it is none. Pure. */
export function parseYaml(text: string): ParsedYaml {
  const document = parseDocument(text)
  const [error] = document.errors
  if (error) return { problem: error.message }
  let value: unknown
  try {
    value = document.toJS({ maxAliasCount: 100 })
  } catch (cause) {
    return { problem: (cause as Error).message }
  }
  const object = value as Partial<KubernetesObject> | null
  if (typeof object !== 'object' || object === null) return { problem: 'this is not a Kubernetes object' }
  if (!object.apiVersion || !object.kind) return { problem: 'apiVersion and kind must be there' }
  if (!object.metadata?.name) return { problem: 'metadata.name is missing' }
  return { object: object as KubernetesObject }
}
