import { listenSchema } from '@gatehouse/server'
import { z } from 'zod'

/** DNS-1123 subdomain, as names of bindings and roles are held to here (RBAC itself allows a little more). */
const nameSchema = z
  .string()
  .max(253)
  .regex(/^[a-z0-9](?:[a-z0-9.:-]*[a-z0-9])?$/, 'lower-case letters, digits, ".", ":" and "-" only')
/** DNS-1123 label. */
const namespaceSchema = z
  .string()
  .max(63)
  .regex(/^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/, 'not the name of a namespace')

const bindingSchema = z.strictObject({
  /** Name of the RoleBinding in every namespace. A binding of that name is the controller's. */
  name: nameSchema,
  /** The group as the API server sees it, prefix included. */
  group: z
    .string()
    .min(1)
    // system:authenticated or system:unauthenticated here would open every namespace to everybody.
    .refine((group) => !group.startsWith('system:'), 'groups of the system get no rights from here'),
  clusterRole: nameSchema,
})

/** The configuration file of the controller. */
export const configSchema = z
  .strictObject({
    /** Path of a kubeconfig; the pod's own ServiceAccount when absent. `rights.ts` has what it must be allowed. */
    kubeconfig: z.string().min(1).optional(),
    operations: listenSchema,
    bindings: z.array(bindingSchema).min(1),
    /** Namespaces that get no binding; those that are there are removed. */
    excludedNamespaces: z.array(namespaceSchema).default(['kube-system', 'kube-public', 'kube-node-lease']),
    /** Names of bindings that were kept once and are to be removed everywhere. */
    retiredBindings: z.array(nameSchema).default([]),
    /** How often every namespace is looked at again although nothing was heard of it. */
    resyncSeconds: z.number().positive().max(86_400).default(300),
    /** The pause after the first failure for a namespace, which doubles with each further one. */
    retrySeconds: z.number().positive().max(60).default(0.2),
    retryMaxSeconds: z.number().positive().max(3600).default(60),
  })
  .superRefine(({ bindings, retiredBindings }, context) => {
    const seen = new Set<string>()
    for (const [index, { name }] of bindings.entries()) {
      if (seen.has(name)) {
        context.addIssue({
          code: 'custom',
          path: ['bindings', index, 'name'],
          message: `${name} is there twice`,
        })
      }
      seen.add(name)
    }
    for (const [index, name] of retiredBindings.entries()) {
      if (!seen.has(name)) continue
      context.addIssue({
        code: 'custom',
        path: ['retiredBindings', index],
        message: `${name} is kept and retired`,
      })
    }
  })

export type ControllerConfig = z.output<typeof configSchema>
export type ControllerConfigInput = z.input<typeof configSchema>
export type BindingConfig = ControllerConfig['bindings'][number]
