import { parse, stringify } from 'yaml'
import { z } from 'zod'
import { type ConfigurationProblem, KindError } from './errors.ts'
import { findPortConflicts } from './port-conflicts.ts'
import { subnetProblem } from './subnets.ts'

/** kind takes 0 for "any free port" and -1 for "let the engine choose". */
const port = z.int().min(-1).max(65_535)

/** A patch is YAML in a string; kind finds what it changes by its `kind`. */
const kubeadmPatch = z.string().check((context) => {
  const problem = patchProblem(context.value)
  if (problem !== undefined) context.issues.push({ code: 'custom', input: context.value, message: problem })
})

const jsonPatch = z.strictObject({
  group: z.string(),
  version: z.string(),
  kind: z.string().min(1),
  patch: z.string().min(1),
})

const mount = z.strictObject({
  hostPath: z.string().min(1),
  containerPath: z.string().startsWith('/', 'must be absolute'),
  readOnly: z.boolean().optional(),
  selinuxRelabel: z.boolean().optional(),
  propagation: z.enum(['None', 'HostToContainer', 'Bidirectional']).optional(),
})

const portMapping = z.strictObject({
  containerPort: z.int().min(1).max(65_535),
  hostPort: port.optional(),
  listenAddress: z.union([z.ipv4(), z.ipv6()]).optional(),
  protocol: z.enum(['TCP', 'UDP', 'SCTP']).optional(),
})

const node = z.strictObject({
  role: z.enum(['control-plane', 'worker']).optional(),
  image: z.string().min(1).optional(),
  labels: z.record(z.string(), z.string()).optional(),
  extraMounts: z.array(mount).readonly().optional(),
  extraPortMappings: z.array(portMapping).readonly().optional(),
  kubeadmConfigPatches: z.array(kubeadmPatch).readonly().optional(),
  kubeadmConfigPatchesJSON6902: z.array(jsonPatch).readonly().optional(),
})

const networking = z.strictObject({
  ipFamily: z.enum(['ipv4', 'ipv6', 'dual']).optional(),
  apiServerAddress: z.union([z.ipv4(), z.ipv6()]).optional(),
  apiServerPort: port.optional(),
  podSubnet: z.string().optional(),
  serviceSubnet: z.string().optional(),
  disableDefaultCNI: z.boolean().optional(),
  kubeProxyMode: z.enum(['iptables', 'ipvs', 'nftables', 'none']).optional(),
  dnsSearch: z.array(z.string().min(1)).readonly().optional(),
})

const apiVersion = 'kind.x-k8s.io/v1alpha4'

/** kind's Cluster, `kind.x-k8s.io/v1alpha4` (pkg/apis/config/v1alpha4/types.go), and what kind requires of it. */
export const kindConfigurationSchema = z
  .strictObject({
    kind: z.literal('Cluster').default('Cluster'),
    apiVersion: z.literal(apiVersion).default(apiVersion),
    name: z
      .string()
      .regex(/^[a-z0-9.-]+$/, 'may hold lower-case letters, digits, "." and "-" only')
      .optional(),
    nodes: z.array(node).readonly().optional(),
    networking: networking.optional(),
    featureGates: z.record(z.string(), z.boolean()).optional(),
    runtimeConfig: z.record(z.string(), z.string()).optional(),
    kubeadmConfigPatches: z.array(kubeadmPatch).readonly().optional(),
    kubeadmConfigPatchesJSON6902: z.array(jsonPatch).readonly().optional(),
    containerdConfigPatches: z.array(z.string().min(1)).readonly().optional(),
    containerdConfigPatchesJSON6902: z.array(z.string().min(1)).readonly().optional(),
  })
  .check((context) => {
    for (const { path, message } of crossProblems(context.value)) {
      context.issues.push({ code: 'custom', input: context.value, path: [...path], message })
    }
  })

/** What a caller writes: all fields of kind's Cluster, `kind` and `apiVersion` too, may be left out. */
export type KindConfiguration = z.input<typeof kindConfigurationSchema>
type Parsed = z.output<typeof kindConfigurationSchema>

/** The rules that look at more than one field. */
function crossProblems({ nodes, networking: network = {} }: Parsed) {
  const problems: { path: readonly (string | number)[]; message: string }[] = []
  if (nodes !== undefined && !nodes.some(({ role = 'control-plane' }) => role === 'control-plane')) {
    problems.push({ path: ['nodes'], message: 'must have a node with the role control-plane' })
  }
  for (const field of ['podSubnet', 'serviceSubnet'] as const) {
    const value = network[field]
    const message = value === undefined ? undefined : subnetProblem(value, network.ipFamily ?? 'ipv4')
    if (message !== undefined) problems.push({ path: ['networking', field], message })
  }
  return [...problems, ...findPortConflicts(nodes ?? [])]
}

/**
 * Checks a kind configuration before any container is made for it.
 *
 * @returns the document, complete with `kind` and `apiVersion`
 * @throws KindError `ERR_CONFIGURATION`, with every problem and its path
 */
export function parseKindConfiguration(document: unknown): Parsed {
  const result = kindConfigurationSchema.safeParse(document)
  if (result.success) return result.data
  const problems: ConfigurationProblem[] = result.error.issues.map(({ path, message }) => ({
    path: pathText(path),
    message,
  }))
  const lines = problems.map(({ path, message }) => `  ${path === '' ? 'the document' : path}: ${message}`)
  throw new KindError('ERR_CONFIGURATION', ["kind's configuration is not valid:", ...lines].join('\n'), {
    problems,
    cause: result.error,
  })
}

/** The document as YAML, as one would write it into a file for `kind create cluster --config`. */
export function stringifyKindConfiguration(document: KindConfiguration): string {
  return stringify(parseKindConfiguration(document))
}

function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((step, index) =>
      typeof step === 'number' ? `[${step}]` : `${index === 0 ? '' : '.'}${String(step)}`,
    )
    .join('')
}

function patchProblem(text: string): string | undefined {
  let patch: unknown
  try {
    patch = parse(text)
  } catch (error) {
    return `is no YAML: ${(error as Error).message.split('\n', 1)[0]}`
  }
  const named = typeof patch === 'object' && patch !== null && 'kind' in patch
  return named ? undefined : 'must be an object with a `kind`, by which kind finds what it changes'
}
