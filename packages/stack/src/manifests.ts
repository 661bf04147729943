import { join } from 'node:path'
import { accessObjects, samples } from '@gatehouse/personas'
import { execa } from 'execa'
import type { Configuration } from './configuration.ts'
import { StackError } from './errors.ts'
import type { StateDirectory } from './state-directory.ts'

/** A Kubernetes object to be applied. */
export interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string }
  readonly [field: string]: unknown
}

/** The user that the proxy is at the API server. */
export const PROXY_USER = 'gatehouse:apiserver-proxy'

/**
 * What the API server itself puts into a user's extra fields: the ID of the token and, for a ServiceAccount's,
 * what it is bound to. RBAC has no wildcard for the keys.
 */
const USER_EXTRAS = ['credential-id', 'pod-name', 'pod-uid', 'node-name', 'node-uid'].map(
  (key) => `authentication.kubernetes.io/${key}`,
)

/**
 * What the proxy may do, and no more: impersonate, and ask whether somebody may do something. Its requests
 * have a priority level of their own, so that reviews are not starved by the load that they let through
 * (API Priority and Fairness).
 */
export function proxyAccess(): Manifest[] {
  const name = PROXY_USER
  return [
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name },
      rules: [
        { apiGroups: [''], resources: ['users', 'groups', 'serviceaccounts'], verbs: ['impersonate'] },
        {
          apiGroups: ['authentication.k8s.io'],
          resources: ['uids', ...USER_EXTRAS.map((key) => `userextras/${key}`)],
          verbs: ['impersonate'],
        },
        { apiGroups: ['authentication.k8s.io'], resources: ['tokenreviews'], verbs: ['create'] },
        { apiGroups: ['authorization.k8s.io'], resources: ['subjectaccessreviews'], verbs: ['create'] },
      ],
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name }],
    },
    {
      apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
      kind: 'FlowSchema',
      metadata: { name: 'gatehouse-apiserver-proxy' },
      spec: {
        priorityLevelConfiguration: { name: 'exempt' },
        matchingPrecedence: 10,
        rules: [
          {
            subjects: [{ kind: 'User', user: { name } }],
            resourceRules: [
              {
                apiGroups: ['authorization.k8s.io', 'authentication.k8s.io'],
                resources: ['subjectaccessreviews', 'tokenreviews'],
                verbs: ['create'],
                clusterScope: true,
              },
            ],
          },
        ],
      },
    },
  ]
}

/**
 * What the configuration wants in the cluster, beside the proxy's own rights, in an order that can be applied.
 * `podImage` is one that need not be pulled.
 */
export function defaultContent(configuration: Configuration, podImage?: string): Manifest[] {
  const content = wantedContent(configuration)
  return [...(content.access ? accessObjects() : []), ...(content.samples ? samples(podImage) : [])].map(
    (object) => ({ ...object }),
  )
}

/** Which content the configuration wants: everything, but nothing on somebody else's cluster unless it says so. Pure. */
export function wantedContent({ cluster, content }: Configuration): { access: boolean; samples: boolean } {
  const usual = cluster.provider !== 'existing'
  return { access: content.access ?? usual, samples: content.samples ?? usual }
}

export interface KubectlOptions {
  readonly kubectl: string
  readonly kubeconfig: string
  readonly state: StateDirectory
  readonly signal: AbortSignal
}

/**
 * Applies objects with the real kubectl, server-side, so that what others own in them stays.
 *
 * @throws StackError `ERR_MANIFEST` with kubectl's own words
 */
export async function applyManifests(objects: readonly Manifest[], options: KubectlOptions): Promise<void> {
  const list = { apiVersion: 'v1', kind: 'List', items: objects }
  const flags = ['--server-side', '--force-conflicts', '--field-manager=gatehouse', '--validate=strict']
  await runKubectl(['apply', ...flags, '-f', '-'], JSON.stringify(list), options)
}

/** Waits until the cluster has filled in every aggregated ClusterRole among `objects`. */
export async function untilAggregated(objects: readonly Manifest[], options: KubectlOptions): Promise<void> {
  const roles = objects.filter((object) => 'aggregationRule' in object)
  if (roles.length === 0) return
  const names = roles.map(({ metadata }) => `clusterrole/${metadata.name}`)
  await runKubectl(['wait', '--for=jsonpath={.rules[0]}', '--timeout=30s', ...names], undefined, options)
}

/** Waits until the API server serves every CustomResourceDefinition among `objects`. */
export async function untilEstablished(objects: readonly Manifest[], options: KubectlOptions): Promise<void> {
  const names = objects
    .filter(({ kind }) => kind === 'CustomResourceDefinition')
    .map(({ metadata }) => `customresourcedefinition/${metadata.name}`)
  if (names.length === 0) return
  await runKubectl(['wait', '--for=condition=Established', '--timeout=30s', ...names], undefined, options)
}

async function runKubectl(
  args: readonly string[],
  input: string | undefined,
  options: KubectlOptions,
): Promise<void> {
  const { kubectl, kubeconfig, state, signal } = options
  const result = await execa(
    kubectl,
    [...args, `--kubeconfig=${kubeconfig}`, `--cache-dir=${join(state.data, 'kubectl-cache')}`],
    {
      env: { HOME: state.data },
      extendEnv: false,
      cancelSignal: signal,
      reject: false,
      ...(input === undefined ? { stdin: 'ignore' } : { input }),
    },
  )
  signal.throwIfAborted()
  if (result.failed) {
    throw new StackError(
      'ERR_MANIFEST',
      `the cluster did not take the objects of the stack (kubectl ${args[0]}): ${result.stderr || result.shortMessage}`,
    )
  }
}
