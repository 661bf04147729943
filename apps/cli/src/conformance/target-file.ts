import { z } from 'zod'

/** Where a secret stands; never in the file itself, which is made to be committed. */
const secretSchema = z.union([z.object({ file: z.string().min(1) }), z.object({ env: z.string().min(1) })])
export type Secret = z.output<typeof secretSchema>

const clientSchema = z.object({
  issuer: z.url(),
  clientId: z.string().min(1),
  clientSecret: secretSchema.optional(),
  /** PEM; the system's authorities when absent. */
  certificateAuthorityFile: z.string().min(1).optional(),
  scopes: z.array(z.string().min(1)).default(['openid', 'email', 'profile', 'groups']),
})

/** Does nothing, and every cluster pulls it. */
export const POD_IMAGE = 'registry.k8s.io/pause:3.10'

/** A cluster that somebody else runs, for `gatehouse conformance --target`. Paths are relative to the file. */
export const targetSchema = z.object({
  /** Its current context says where the API server is; its user is not used. */
  kubeconfig: z.string().min(1),
  /** A proxy in front of it that takes the same tokens. */
  proxy: z
    .object({
      server: z.url({ protocol: /^https$/ }),
      certificateAuthorityFile: z.string().min(1).optional(),
    })
    .optional(),
  /** Where the API server writes its audit log, if it can be read here; without it cells count unheard. */
  auditLog: z.string().min(1).optional(),
  kubectl: z.string().min(1).default('kubectl'),
  /** Whether a pod may be run in disposable namespaces, for exec, attach and port-forward. */
  pods: z.boolean().default(true),
  /** Of that pod; it has to go on until it is ended. */
  podImage: z.string().min(1).default(POD_IMAGE),
  /** How the personas of the spec log in. */
  login: z.union([
    z.object({ tokens: z.record(z.string(), secretSchema) }),
    z.object({ password: clientSchema.extend({ passwords: z.record(z.string(), secretSchema) }) }),
    z.object({ device: clientSchema }),
  ]),
})
/** The environment variables of the process. */
export type Environment = Readonly<Record<string, string | undefined>>

export type TargetFile = z.output<typeof targetSchema>
