import { z } from 'zod'
import { BUILT_IN_ROLES } from '../access/roles.ts'
import { httpsUrlSchema } from '../https-url.ts'
import { oidcSchema, oidcStateOf } from '../oidc.ts'
import { CLUSTER_ID } from '../target.ts'

const fileSchema = z.string().min(1)
const labelSchema = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, 'lower-case letters, digits and "-", at most 63')
const hostNameSchema = z.string().regex(/^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/, 'must be a host name')

/** A user or group as it stands in tokens; those of the system are nobody's in particular. */
const subjectSchema = z
  .string()
  .min(1)
  .refine((name) => name.trim() === name, 'must not begin or end with white space')
  .refine((name) => !name.startsWith('system:'), 'names of the system get no roles')

const roleSchema = z.strictObject({
  name: z
    .string()
    .min(1)
    .refine(
      (name) => !BUILT_IN_ROLES.some((role) => role.name === name),
      'every project has this role already',
    )
    .describe('A role of your own.'),
  permissions: z
    .record(z.string().min(1), z.array(z.string().min(1)))
    .describe(
      'What it allows, by resource key; `delete` on `cluster` is what makes an administrator: `cluster: [get, delete]`.',
    ),
})

const assignmentSchema = z.strictObject({
  role: z.string().min(1).describe('The name of a role.'),
  users: z.array(subjectSchema).default([]).describe('User names, compared character by character.'),
  groups: z.array(subjectSchema).default([]).describe('Groups, compared character by character.'),
})

export const projectSchema = z
  .strictObject({
    name: z.string().min(1).describe('The name by which clusters refer to it.'),
    roles: z
      .array(roleSchema)
      .default([])
      .describe('Roles beside Cluster Admin, Cluster Editor and Cluster Viewer.'),
    assignments: z.array(assignmentSchema).default([]).describe('Who has which role.'),
  })
  .superRefine(({ roles, assignments }, context) => {
    repetitions(roles.map(({ name }) => name)).forEach(([index, name]) =>
      context.addIssue({ code: 'custom', path: ['roles', index, 'name'], message: `${name} is there twice` }),
    )
    const known = new Set([...BUILT_IN_ROLES, ...roles].map(({ name }) => name))
    for (const [index, { role }] of assignments.entries()) {
      if (known.has(role)) continue
      const message = `there is no role "${role}"; there are ${[...known].join(', ')}`
      context.addIssue({ code: 'custom', path: ['assignments', index, 'role'], message })
    }
  })
export type ProjectSettings = z.output<typeof projectSchema>

/** What stands in front of the API server, by the way a file's user is known. */
const proxySchema = z.strictObject({
  server: httpsUrlSchema.describe('The access proxy, for ID tokens.'),
  certificateAuthorityFile: fileSchema.describe("PEM of the authorities of the proxy's certificate."),
  tlsServerName: hostNameSchema
    .optional()
    .describe("The name in the proxy's certificate, where it is not the host of `server`."),
  tunnel: z
    .strictObject({
      server: httpsUrlSchema.describe('The gateway, which passes TLS on to the API server.'),
      tlsServerName: hostNameSchema.describe(
        "The name to ask the gateway for, which the API server's certificate carries.",
      ),
    })
    .optional()
    .describe('The way for client certificates; needed without OIDC.'),
})

/** How credentials for downloads are issued. */
const credentialsSchema = z.strictObject({
  // `downloads/rights.ts` has what its user must be allowed.
  kubeconfig: fileSchema.describe("The generator's own kubeconfig for the cluster."),
  clusterRole: z.string().min(1).default('cluster-admin').describe('What a download may do.'),
  lifetimeSeconds: z
    .int()
    .min(1)
    .max(86_400)
    .default(3600)
    .describe('How long a download may do it. Its certificate lives for ten minutes at least.'),
})
export type CredentialSettings = z.output<typeof credentialsSchema>

export const catalogueClusterSchema = z
  .strictObject({
    id: z
      .string()
      .regex(CLUSTER_ID, 'letters, digits and "-", at most 63')
      .describe('The ID in the paths of its files.'),
    name: labelSchema.describe('The name in kubeconfigs.'),
    project: z.string().min(1).describe('The project that holds it.'),
    server: httpsUrlSchema.describe("The API server's own address."),
    certificateAuthorityFile: fileSchema.describe("PEM of the authorities of the API server's certificate."),
    oidc: oidcSchema.optional().describe('How people log in; one half alone counts as none.'),
    proxy: proxySchema.optional().describe('What stands in front of it; the proxy is off without this.'),
    credentials: credentialsSchema
      .optional()
      .describe('How credentials are issued; without this, only files with OIDC can be handed out.'),
  })
  .superRefine(({ oidc, proxy }, context) => {
    if (!proxy || proxy.tunnel || oidcStateOf(oidc).kind === 'configured') return
    const message = 'is needed: without OIDC, client certificates have to reach the API server through it'
    context.addIssue({ code: 'custom', path: ['proxy', 'tunnel'], message })
  })
export type ClusterSettings = z.output<typeof catalogueClusterSchema>

/** The suffix of the cluster's name in its admin kubeconfig, so that both files of a cluster can be merged. */
export const ADMIN_SUFFIX = '-admin'

/** Refuses projects and clusters that do not fit together, with the place of each. */
export function refineCatalogue({ projects, clusters }: CatalogueSettings, context: z.RefinementCtx): void {
  const refuse = (path: (string | number)[], message: string) =>
    context.addIssue({ code: 'custom', path, message })
  for (const [index, name] of repetitions(projects.map((project) => project.name))) {
    refuse(['projects', index, 'name'], `${name} is there twice`)
  }
  for (const field of ['id', 'name'] as const) {
    for (const [index, value] of repetitions(clusters.map((cluster) => cluster[field]))) {
      refuse(['clusters', index, field], `${value} is there twice`)
    }
  }
  const tunnelled = new Map<string, ClusterSettings>()
  for (const [index, cluster] of clusters.entries()) {
    const name = cluster.proxy?.tunnel?.tlsServerName
    if (name === undefined) continue
    const first = tunnelled.get(name)
    if (first === undefined) tunnelled.set(name, cluster)
    else if (first.server !== cluster.server) {
      const message = `${name} leads to ${first.server} already, the API server of ${first.id}; each needs a name of its own`
      refuse(['clusters', index, 'proxy', 'tunnel', 'tlsServerName'], message)
    }
  }
  for (const [index, { name, project }] of clusters.entries()) {
    if (!projects.some((one) => one.name === project)) {
      refuse(['clusters', index, 'project'], `there is no project "${project}"`)
    }
    if (clusters.some((other) => other.name + ADMIN_SUFFIX === name)) {
      refuse(['clusters', index, 'name'], 'is how the admin kubeconfig of another cluster calls it')
    }
  }
}

/** The catalogue file: every cluster, and who may what in the projects that hold them. */
export const catalogueSchema = z
  .strictObject({
    projects: z.array(projectSchema).default([]),
    clusters: z.array(catalogueClusterSchema).default([]),
  })
  .superRefine(refineCatalogue)
export interface CatalogueSettings {
  readonly projects: readonly ProjectSettings[]
  readonly clusters: readonly ClusterSettings[]
}
export type CatalogueInput = z.input<typeof catalogueSchema>

/** Every repetition in a list, with its place. */
function repetitions(names: readonly string[]): [index: number, name: string][] {
  return [...names.entries()].filter(([index, name]) => names.indexOf(name) !== index)
}
