/** Who asks: the names by which bindings know them. */
export interface RbacUser {
  readonly name: string
  /** All of them, `system:authenticated` included. */
  readonly groups: readonly string[]
}

/** A request for objects. Absent and empty mean the same, as in Kubernetes. */
export interface ResourceAttributes {
  readonly verb: string
  readonly apiGroup?: string
  readonly resource: string
  readonly subresource?: string
  /** Empty for list, watch, create and deletecollection of a whole collection. */
  readonly name?: string
  /** Empty for the cluster scope, and for a collection over all namespaces. */
  readonly namespace?: string
}

/** A request for a path that is no object, as `/version`; its verb is the HTTP method in lower case. */
export interface NonResourceAttributes {
  readonly verb: string
  readonly path: string
}

export type Attributes = ResourceAttributes | NonResourceAttributes

export function isResourceRequest(attributes: Attributes): attributes is ResourceAttributes {
  return 'resource' in attributes
}

/** Where a RoleBinding must stand to count; undefined where none can. */
export function namespaceOf(attributes: Attributes): string | undefined {
  return isResourceRequest(attributes) ? attributes.namespace || undefined : undefined
}
