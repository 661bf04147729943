import { issuersSchema } from '@gatehouse/authentication'
import { listenSchema, tlsSchema } from '@gatehouse/server'
import { z } from 'zod'
import { httpsUrlSchema } from './https-url.ts'
import { limitsSchema, trustedProxiesSchema } from './limits.ts'
import { clientConfigSchema } from './oidc.ts'

/** An origin as browsers send it (RFC 6454 section 7): compared as it stands, so it must be in that form. */
const originSchema = z
  .string()
  .refine(
    (value) => URL.parse(value)?.origin === value && value !== 'null',
    'must be an origin like https://console.example:8443',
  )

/** Every setting of the service. */
export const configurationSchema = z
  .strictObject({
    /** Where kubeconfigs are asked for, over TLS. */
    listen: listenSchema,
    tls: tlsSchema,
    /** Where probes and metrics are asked for, without TLS. */
    operations: listenSchema,
    /** Whose ID tokens are accepted. */
    issuers: issuersSchema,
    /** What the kubeconfigs point at. */
    cluster: z.strictObject({
      name: z.string().min(1),
      server: httpsUrlSchema,
      /** PEM of the authorities that the server's certificate chains to; embedded, and read again when it changes. */
      certificateAuthorityFile: z.string().min(1),
      /** The name in the server's certificate, where it is not the host of `server`. */
      tlsServerName: z.string().min(1).optional(),
    }),
    /** How files of the format `exec` log in; without it there is no such format at /kube-config. */
    login: z.strictObject({ issuerUrl: httpsUrlSchema, clientConfig: clientConfigSchema }).optional(),
    /** How the gatehouse command is started in such files, where it is not on the PATH. */
    pluginCommand: z.tuple([z.string().min(1)], z.string()).default(['gatehouse']),
    /** The clusters and projects of the per-cluster files; read again when it changes. None when absent. */
    catalogueFile: z.string().min(1).optional(),
    /** Where every download of a per-cluster file is recorded, as lines of JSON. */
    auditFile: z.string().min(1).optional(),
    limits: limitsSchema.prefault({}),
    trustedProxies: trustedProxiesSchema,
    /** The web pages that may ask from a browser (CORS); none unless they are listed. */
    allowedOrigins: z.array(originSchema).default([]),
  })
  .superRefine(({ catalogueFile, auditFile }, context) => {
    if (catalogueFile === undefined || auditFile !== undefined) return
    context.addIssue({ code: 'custom', path: ['auditFile'], message: 'is needed beside catalogueFile' })
  })

export type Configuration = z.output<typeof configurationSchema>
