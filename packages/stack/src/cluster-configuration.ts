import { isIP } from 'node:net'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { z } from 'zod'

const OF_EXISTING = ['kubeconfig', 'context', 'namespace', 'auditLog'] as const

/** The providers of clusters that belong to the stack, which can be chosen without more settings. */
export const OWN_PROVIDERS = ['embedded', 'kind'] as const
export type OwnProviderName = (typeof OWN_PROVIDERS)[number]

const port = z.int().min(1).max(65_535)

const kindSchema = z
  .object({
    image: z
      .string()
      .min(1)
      .optional()
      .describe(
        "The node image. When absent, the one that scripts/node-image made on this machine, else kind's own, which is pulled.",
      ),
    portMappings: z
      .array(
        z.object({
          containerPort: port.describe('The port of the node, such as the NodePort of a Service.'),
          hostPort: port.describe('The port of this machine.'),
          listenAddress: z
            .string()
            .refine((address) => isIP(address) !== 0, 'must be an IP address')
            .default('127.0.0.1')
            .describe("This machine's address that has the port."),
          protocol: z.enum(['TCP', 'UDP', 'SCTP']).default('TCP').describe('What is forwarded.'),
        }),
      )
      .default([])
      .describe('Ports of the node that this machine has too.'),
  })
  .describe('Of a kind cluster; without effect on others.')

/** `cluster` in gatehouse.yaml. */
export const clusterSchema = z
  .object({
    provider: z
      .enum(['embedded', 'kind', 'existing'])
      .default('embedded')
      .describe(
        'Where the Kubernetes API comes from; `gatehouse up --cluster` takes precedence. `embedded` needs nothing else, `kind` runs a real node in Docker. `existing` is a cluster that somebody else runs; it is only read unless `gatehouse up --write` says otherwise.',
      ),
    kind: kindSchema.prefault({}),
    kubeconfig: z
      .string()
      .min(1)
      .optional()
      .describe(
        'Of an existing cluster: the kubeconfig to reach it with, relative to this file; `~` is the home directory. Whatever kubectl understands will do.',
      ),
    context: z
      .string()
      .min(1)
      .optional()
      .describe("Of an existing cluster: the kubeconfig's context; the current one when absent."),
    namespace: z
      .string()
      .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, 'must be the name of a namespace')
      .optional()
      .describe(
        "Of an existing cluster: the namespace of the proxy's ServiceAccount, `kube-system` when absent. It must be there; whoever may create pods or tokens in it can act as the people of the stack.",
      ),
    auditLog: z
      .string()
      .min(1)
      .optional()
      .describe("Of an existing cluster: the API server's audit log, where this machine can read it."),
  })
  .superRefine((cluster, context) => {
    if (cluster.provider === 'existing') {
      if (cluster.kubeconfig !== undefined) return
      // Never the kubeconfig that happens to be in the environment.
      const message = 'must name the kubeconfig of the existing cluster, for instance ~/.kube/config'
      context.addIssue({ code: 'custom', path: ['kubeconfig'], message })
      return
    }
    for (const name of OF_EXISTING) {
      if (cluster[name] === undefined) continue
      const message = 'is for an existing cluster alone; set provider to existing, or leave it out'
      context.addIssue({ code: 'custom', path: [name], message })
    }
  })

export type ClusterConfiguration = z.output<typeof clusterSchema>
export type KindSettings = ClusterConfiguration['kind']

/** The same configuration for the stack's own cluster of `provider`, whatever it says itself. Pure. */
export function clusterOf(provider: OwnProviderName, { kind }: ClusterConfiguration): ClusterConfiguration {
  return { provider, kind }
}

/** Makes the paths absolute, from the folder of gatehouse.yaml or the home directory. */
export function resolveClusterPaths(cluster: ClusterConfiguration, folder: string): ClusterConfiguration {
  const absolute = (path: string) =>
    path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : resolve(folder, path)
  const { kubeconfig, auditLog } = cluster
  return {
    ...cluster,
    ...(kubeconfig === undefined ? {} : { kubeconfig: absolute(kubeconfig) }),
    ...(auditLog === undefined ? {} : { auditLog: absolute(auditLog) }),
  }
}
