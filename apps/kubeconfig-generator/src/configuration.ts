import { issuersSchema } from '@gatehouse/authentication'
import { listenSchema, tlsSchema } from '@gatehouse/server'
import { z } from 'zod'

/** An origin as browsers send it (RFC 6454 section 7): compared as it stands, so it must be in that form. */
const originSchema = z
  .string()
  .refine(
    (value) => URL.parse(value)?.origin === value && value !== 'null',
    'must be an origin like https://console.example:8443',
  )

const httpsUrlSchema = z
  .string()
  .refine((value) => URL.parse(value)?.protocol === 'https:', 'must be a URL that starts with https://')

/** Every setting of the service. */
export const configurationSchema = z.strictObject({
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
  /** The web pages that may ask from a browser (CORS); none unless they are listed. */
  allowedOrigins: z.array(originSchema).default([]),
})

export type Configuration = z.output<typeof configurationSchema>
