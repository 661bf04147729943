import {
  catalogueClusterSchema,
  projectSchema,
  refineCatalogue,
} from '@gatehouse/kubeconfig-generator/catalogue'
import { project } from '@gatehouse/personas'
import { z } from 'zod'

/** `catalogue` in gatehouse.yaml. */
export const catalogueConfigurationSchema = z
  .object({
    projects: z
      .array(projectSchema)
      .default([projectSchema.parse(project)])
      .describe(
        "Who may download which file of a project's clusters, apart from what Kubernetes lets them do: roles of your own beside Cluster Admin, Cluster Editor and Cluster Viewer, and their assignments to users and groups. Kyma's groups in the project `default` when absent.",
      ),
    cluster: z
      .object({
        project: z.string().min(1).default(project.name).describe("The project of the stack's own cluster."),
        oidc: z
          .boolean()
          .default(true)
          .describe('Whether its kubeconfigs log in with OIDC; without it they are for administrators only.'),
        proxy: z
          .boolean()
          .default(true)
          .describe(
            'Whether its kubeconfigs point at the access proxy (or, without OIDC, at a TLS tunnel of the gateway) instead of the API server.',
          ),
      })
      .prefault({}),
    clusters: z
      .array(catalogueClusterSchema)
      .default([])
      .describe('More clusters whose kubeconfigs are handed out; paths are absolute.'),
  })
  .superRefine(refineCatalogue)
  .superRefine(({ projects, cluster }, context) => {
    if (projects.some(({ name }) => name === cluster.project)) return
    const message = `there is no project "${cluster.project}" among the projects`
    context.addIssue({ code: 'custom', path: ['cluster', 'project'], message })
  })
export type CatalogueConfiguration = z.output<typeof catalogueConfigurationSchema>
