import { listenSchema, tlsSchema } from '@gatehouse/server'
import { z } from 'zod'

const httpsUrl = z.url({ protocol: /^https$/, error: 'must be a URL that starts with https://' })

/** An address without a path of its own, as it stands in a Content-Security-Policy. */
const httpsOrigin = httpsUrl.refine(
  (url) => URL.parse(url)?.origin === url,
  'must be an origin like https://dex.example:8443',
)

/** What the page in the browser is told; nothing of it is baked into its JavaScript, and none is secret. */
const pageSchema = z.strictObject({
  /** How the cluster is called on pages and in downloaded files. */
  cluster: z.string().min(1),
  /** Who gives out ID tokens. */
  issuer: httpsUrl,
  clientId: z.string().min(1),
  scopes: z.array(z.string().min(1)).min(1),
  /** The Kubernetes API as a browser reaches it: the proxy, which lets this origin read its answers (CORS). */
  apiServer: httpsOrigin,
  /** Where a kubeconfig is to be had for an ID token. */
  kubeconfigUrl: httpsUrl,
})

/** Every setting of the service. */
export const configurationSchema = z.strictObject({
  listen: listenSchema,
  tls: tlsSchema,
  /** Where probes and metrics are asked for, without TLS. */
  operations: listenSchema,
  page: pageSchema,
})

export type Configuration = z.output<typeof configurationSchema>
export type PageConfiguration = z.output<typeof pageSchema>
