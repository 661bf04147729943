import { z } from 'zod'

/** client-go refuses a list in which a name is there twice: it reads the lists as maps. */
function withoutDuplicates(list: readonly object[], context: z.RefinementCtx): void {
  const seen = new Set<string>()
  for (const [index, entry] of list.entries()) {
    const { name } = entry as { name: string }
    if (seen.has(name)) {
      context.addIssue({
        code: 'custom',
        path: [index, 'name'],
        message: `${JSON.stringify(name)} is there twice`,
      })
    }
    seen.add(name)
  }
}

/**
 * The kubeconfig format (k8s.io/client-go/tools/clientcmd/api/v1/types.go). Fields that are not named here
 * are kept as they are, so that a file which is read and written again loses nothing.
 */
const extensionsSchema = z
  .array(z.looseObject({ name: z.string(), extension: z.unknown() }))
  .superRefine(withoutDuplicates)
  .nullish()

export const clusterSchema = z.looseObject({
  server: z.string(),
  'tls-server-name': z.string().optional(),
  'insecure-skip-tls-verify': z.boolean().optional(),
  'certificate-authority': z.string().optional(),
  'certificate-authority-data': z.string().optional(),
  'proxy-url': z.string().optional(),
  extensions: extensionsSchema,
})

export const execSchema = z.looseObject({
  apiVersion: z.string().optional(),
  command: z.string().default(''),
  args: z.array(z.string()).nullish(),
  env: z.array(z.looseObject({ name: z.string(), value: z.string() })).nullish(),
  installHint: z.string().optional(),
  interactiveMode: z.string().optional(),
  provideClusterInfo: z.boolean().optional(),
})

/** Auth provider entries stay as they are. */
export const userSchema = z.looseObject({
  'client-certificate': z.string().optional(),
  'client-certificate-data': z.string().optional(),
  'client-key': z.string().optional(),
  'client-key-data': z.string().optional(),
  token: z.string().optional(),
  tokenFile: z.string().optional(),
  exec: execSchema.nullish(),
  extensions: extensionsSchema,
})

export const contextSchema = z.looseObject({
  cluster: z.string(),
  user: z.string(),
  namespace: z.string().optional(),
  extensions: extensionsSchema,
})

/** kubectl writes empty lists as null, and some writers leave them out. */
function named<Member extends z.ZodType, Field extends string>(field: Field, member: Member) {
  const entry = z.looseObject({ name: z.string(), [field]: member } as { name: z.ZodString } & Record<
    Field,
    Member
  >)
  return z
    .array(entry)
    .nullish()
    .transform((entries) => entries ?? [])
    .superRefine(withoutDuplicates)
}

export const kubeconfigSchema = z.looseObject({
  apiVersion: z.literal('v1').default('v1'),
  kind: z.literal('Config').default('Config'),
  clusters: named('cluster', clusterSchema),
  users: named('user', userSchema),
  contexts: named('context', contextSchema),
  'current-context': z.string().default(''),
  extensions: extensionsSchema,
})

export type KubeconfigDocument = z.output<typeof kubeconfigSchema>
export type KubeconfigCluster = z.output<typeof clusterSchema>
export type KubeconfigUser = z.output<typeof userSchema>
export type KubeconfigExec = z.output<typeof execSchema>
export type KubeconfigContext = z.output<typeof contextSchema>
