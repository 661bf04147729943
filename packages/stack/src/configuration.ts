import { access } from 'node:fs/promises'
import { isIP } from 'node:net'
import { dirname, resolve } from 'node:path'
import { people } from '@gatehouse/personas'
import { loadConfiguration } from '@gatehouse/server/configuration'
import { z } from 'zod'
import { catalogueConfigurationSchema } from './catalogue-configuration.ts'
import {
  clusterOf,
  clusterSchema,
  type OwnProviderName,
  resolveClusterPaths,
} from './cluster-configuration.ts'
import { CLIENT_ID, CONSOLE_CLIENT_ID } from './clients.ts'
import { DEFAULT_PORTS, type PortName, type SomePorts } from './ports.ts'
import { refuseTakenTunnelNames } from './tunnel-names.ts'

const hostName = /^(?=.{1,200}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/

const userSchema = z
  .object({
    email: z.email().describe('How the user logs in; also the Kubernetes user name.'),
    name: z.string().min(1).optional().describe('The name that a page shows.'),
    userID: z
      .string()
      .min(1)
      .optional()
      .describe('The stable ID behind the `sub` claim; the e-mail when absent.'),
    groups: z.array(z.string().min(1)).default([]).describe('The Kubernetes groups of the user.'),
    password: z
      .string()
      .min(8)
      .max(72)
      .optional()
      .describe(
        'At least 8 characters. When absent, one is made at the first start and kept in the state directory.',
      ),
  })
  .describe('A person who can log in at dex with a password.')

const clientSchema = z
  .object({
    id: z.string().min(1).describe('The client ID; tokens for it carry it as audience.'),
    name: z.string().min(1).optional().describe('The name that a page shows.'),
    secret: z.string().min(1).optional().describe('When absent, the client is public and has PKCE alone.'),
    redirectURIs: z.array(z.string().min(1)).min(1).describe('Compared character by character.'),
  })
  .describe("An OpenID Connect client beside the stack's own. The cluster does not accept tokens for it.")

const port = z.int().min(1).max(65_535)

const portsSchema = z
  .object(
    Object.fromEntries(
      Object.entries(DEFAULT_PORTS).map(([name, value]) => [
        name,
        port.optional().describe(`Default ${value}.`),
      ]),
    ) as Record<PortName, z.ZodOptional<z.ZodInt>>,
  )
  .describe('The port of each listener. A taken port falls back to a free one, and every URL follows.')
  .superRefine((ports, context) => {
    const seen = new Map<number, string>()
    for (const [name, value] of Object.entries(ports)) {
      if (value === undefined) continue
      const other = seen.get(value)
      if (other)
        context.addIssue({ code: 'custom', path: [name], message: `port ${value} is also that of ${other}` })
      seen.set(value, name)
    }
  })

/** gatehouse.yaml: everything is optional. */
export const configurationSchema = z.object({
  domain: z
    .string()
    .regex(hostName, 'must be a host name in lower case, such as gatehouse.localhost')
    .default('gatehouse.localhost')
    .describe('The domain below which every service has its host name.'),
  ports: portsSchema.prefault({}),
  listenHost: z
    .string()
    .refine((host) => isIP(host) !== 0, 'must be an IP address, such as 0.0.0.0')
    .default('127.0.0.1')
    .describe(
      'The address at which what browsers and kubeconfigs point to listens: the gateway, the proxy and the API server of a cluster that the stack makes; everything else stays on loopback. `0.0.0.0` is for a container, whose published ports lead to its own address.',
    ),
  cluster: clusterSchema.prefault({}),
  catalogue: catalogueConfigurationSchema.prefault({}),
  content: z
    .object({
      access: z
        .boolean()
        .optional()
        .describe(
          "Kyma's roles and bindings. Without them, only `manifests` and the cluster's own roles give rights. Default true; false on an existing cluster, where those in each namespace are left to you.",
        ),
      samples: z
        .boolean()
        .optional()
        .describe(
          'Two namespaces, `demo` and `workshop`, with a few objects. Default true; false on an existing cluster.',
        ),
    })
    .prefault({}),
  manifests: z
    .array(z.string().min(1))
    .default([])
    .describe(
      'Files and folders with Kubernetes objects of your own (roles, CRDs, workloads), relative to this file. Applied at the start and again on save.',
    ),
  tracing: z
    .object({
      endpoint: z
        .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
        .describe('A collector that takes OTLP over HTTP, such as `http://127.0.0.1:4318`.'),
      samplingRatio: z.number().min(0).max(1).default(1).describe('Which part of the requests is traced.'),
    })
    .optional()
    .describe('OpenTelemetry traces of the requests that go through the proxy; none when absent.'),
  identity: z
    .object({
      users: z
        .array(userSchema)
        .min(1)
        .default(
          people.map(({ email, username, userID, groups }) => ({
            email,
            name: username,
            userID,
            groups: [...groups],
          })),
        )
        .describe("Who can log in; Kyma's five people when absent.")
        .superRefine((users, context) => {
          for (const [index, { email }] of users.entries()) {
            const first = users.findIndex((other) => other.email.toLowerCase() === email.toLowerCase())
            if (first === index) continue
            context.addIssue({ code: 'custom', path: [index, 'email'], message: `${email} is listed twice` })
          }
        }),
      clients: z
        .array(clientSchema)
        .default([])
        .describe('More OpenID Connect clients, for trying out your own applications.')
        .superRefine((clients, context) => {
          const ids = [CLIENT_ID, CONSOLE_CLIENT_ID, ...clients.map(({ id }) => id)]
          for (const [index, { id }] of clients.entries()) {
            if (ids.indexOf(id) === index + 2) continue
            context.addIssue({
              code: 'custom',
              path: [index, 'id'],
              message: `the client ${id} exists already`,
            })
          }
        }),
      testPowers: z
        .boolean()
        .default(false)
        .describe(
          "Let tests change users, mint any token, move dex's clock, lose its keys and make it fail, on a listener on loopback. Whoever reads its secret in the state directory can be anybody.",
        ),
      idTokenLifetime: z
        .string()
        .regex(/^([1-9]\d*(h|m|s))+$/, 'must be a duration such as 24h, 90m or 30s')
        .default('24h')
        .describe('How long an ID token, and so a kubeconfig with it, is good.'),
    })
    .prefault({}),
})

export type Configuration = z.output<typeof configurationSchema>

/** What a command line may say: the stack's name, `default` when absent, and what takes the place of the file's. */
export interface CommandLine {
  readonly name?: string | undefined
  readonly provider?: OwnProviderName | undefined
  readonly ports?: SomePorts | undefined
  readonly listenHost?: string | undefined
}

/**
 * Reads gatehouse.yaml. With no `file`, `gatehouse.yaml` in `directory` is read if it is there; without it
 * the defaults hold.
 *
 * @throws ConfigurationError with every problem and its path
 */
export async function readConfiguration(
  file: string | undefined,
  directory: string,
  { name = 'default', provider, ports, listenHost }: CommandLine = {},
): Promise<Configuration> {
  const schema = configurationSchema.superRefine(({ domain, catalogue, cluster }, context) => {
    const hasOwnTunnel = (provider ?? cluster.provider) !== 'existing'
    refuseTakenTunnelNames(catalogue, { name, domain, hasOwnTunnel }, context)
  })
  const configuration = await readFile(file, directory, schema)
  const { cluster } = configuration
  return {
    ...configuration,
    cluster: provider === undefined ? cluster : clusterOf(provider, cluster),
    ports: { ...configuration.ports, ...ports },
    listenHost: listenHost ?? configuration.listenHost,
  }
}

async function readFile(
  file: string | undefined,
  directory: string,
  schema: z.ZodType<Configuration>,
): Promise<Configuration> {
  const path = resolve(directory, file ?? 'gatehouse.yaml')
  const exists = await access(path).then(
    () => true,
    () => false,
  )
  // A file that was asked for must be there; loading it says so.
  if (!exists && file === undefined) return configurationSchema.parse({})
  const configuration = await loadConfiguration(path, schema)
  const folder = dirname(path)
  return {
    ...configuration,
    cluster: resolveClusterPaths(configuration.cluster, folder),
    manifests: configuration.manifests.map((one) => resolve(folder, one)),
  }
}
