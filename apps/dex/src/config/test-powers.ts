import { isIP } from 'node:net'
import { z } from 'zod'
import { listenAddress } from './address.ts'

/** A loopback address, and nothing that could be another one tomorrow (a name, a wildcard). */
const loopbackAddress = z
  .string()
  .refine((host) => host === '::1' || (isIP(host) === 4 && host.startsWith('127.')), {
    error: 'is not a loopback address; test powers listen on 127.0.0.1 or ::1 only',
  })

/** What the mock has beside Dex, under a key that a real Dex has not. Everything is off without it. */
export const gatehouseSchema = z.strictObject({
  /** More addresses of the HTTPS listener: whoever comes by one of them is led to its keys. */
  alsoHttps: z.array(listenAddress).default([]),
  /**
   * `host:port` by which others reach the HTTPS listener, such as a Service of Kubernetes: whoever comes by one of
   * them is led to its keys, too. The certificate must cover them.
   */
  alsoKnownAs: z
    .array(
      z
        .string()
        .refine((host) => URL.parse(`https://${host}`)?.host === host, 'is not host:port, in lower case'),
    )
    .default([]),
  testPowers: z
    .strictObject({
      listen: z.strictObject({
        host: loopbackAddress.default('127.0.0.1'),
        port: z.int().min(0).max(65_535),
      }),
      /** Holds the bearer secret; made (0600) where it is not there. */
      secretFile: z.string().min(1),
    })
    .optional(),
})

export type TestPowersSettings = NonNullable<z.output<typeof gatehouseSchema>['testPowers']>
