import { POD_IMAGE } from './pods.ts'

/** A kind of object that commands are about. */
export interface Kind {
  /** As the API server's refusals and URLs name it. */
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly namespaced: boolean
  /** What a new object has beside its metadata. Harmless: nothing is served, scheduled or granted by it. */
  readonly content: (name: string) => object
}

const RBAC = 'rbac.authorization.k8s.io'
const READ_CONFIGMAPS = { apiGroups: [''], resources: ['configmaps'], verbs: ['get'] }
const podSpec = { containers: [{ name: 'main', image: POD_IMAGE }] }

export const KINDS: Readonly<Record<string, Kind>> = {
  nodes: core('Node', false, () => ({ spec: { unschedulable: true } })),
  namespaces: core('Namespace', false, () => ({})),
  pods: core('Pod', true, () => ({ spec: podSpec })),
  configmaps: core('ConfigMap', true, () => ({ data: { greeting: 'hello' } })),
  secrets: core('Secret', true, () => ({ stringData: { greeting: 'hello' } })),
  services: core('Service', true, () => ({ spec: { ports: [{ port: 80 }] } })),
  deployments: {
    group: 'apps',
    version: 'v1',
    kind: 'Deployment',
    namespaced: true,
    content: (name) => ({
      spec: {
        replicas: 0,
        selector: { matchLabels: { e2e: name } },
        template: { metadata: { labels: { e2e: name } }, spec: podSpec },
      },
    }),
  },
  roles: rbac('Role', true, () => ({ rules: [READ_CONFIGMAPS] })),
  rolebindings: rbac('RoleBinding', true, binding),
  clusterroles: rbac('ClusterRole', false, () => ({ rules: [READ_CONFIGMAPS] })),
  clusterrolebindings: rbac('ClusterRoleBinding', false, binding),
  customresourcedefinitions: {
    group: 'apiextensions.k8s.io',
    version: 'v1',
    kind: 'CustomResourceDefinition',
    namespaced: false,
    content: definition,
  },
}

function core(kind: string, namespaced: boolean, content: Kind['content']): Kind {
  return { group: '', version: 'v1', kind, namespaced, content }
}

function rbac(kind: string, namespaced: boolean, content: Kind['content']): Kind {
  return { group: RBAC, version: 'v1', kind, namespaced, content }
}

function binding() {
  return {
    roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: 'view' },
    subjects: [{ apiGroup: RBAC, kind: 'Group', name: 'e2e-nobody' }],
  }
}

/** Not served, so that the API server need not describe it to anybody. */
function definition(name: string) {
  const plural = name.split('.')[0]!
  const schema = { openAPIV3Schema: { type: 'object' } }
  return {
    spec: {
      group: 'e2e.gatehouse.localhost',
      scope: 'Namespaced',
      names: { plural, singular: plural, kind: `E2e${plural.replaceAll('-', '')}` },
      versions: [{ name: 'v1', served: false, storage: true, schema }],
    },
  }
}

export function kindOf(resource: string): Kind {
  const kind = KINDS[resource]
  if (!kind) throw new Error(`no objects are made of ${resource}`)
  return kind
}

/** The name that an object of `resource` has to have; the API server prescribes those of definitions. */
export function objectName(resource: string, name: string): string {
  return resource === 'customresourcedefinitions' ? `${name}.e2e.gatehouse.localhost` : name
}

/** A new object as a document. */
export function manifest(resource: string, name: string, namespace: string | undefined): object {
  const { group, version, kind, namespaced, content } = kindOf(resource)
  return {
    apiVersion: group === '' ? version : `${group}/${version}`,
    kind,
    metadata: { name, ...(namespaced && namespace !== undefined ? { namespace } : {}) },
    ...content(name),
  }
}

/** The path of an object, or of all objects where no name is given. */
export function pathOf(resource: string, namespace: string | undefined, name?: string): string {
  const { group, version, namespaced } = kindOf(resource)
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`
  const within = namespaced && namespace !== undefined ? `/namespaces/${namespace}` : ''
  return `${root}${within}/${resource}${name === undefined ? '' : `/${name}`}`
}
