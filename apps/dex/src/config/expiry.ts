import { z } from 'zod'
import { durationInSeconds } from './duration.ts'

/** Dex's `expiry`, in seconds, with Dex's defaults. */
export const expirySchema = z.strictObject({
  signingKeys: durationInSeconds().prefault('6h'),
  idTokens: durationInSeconds().prefault('24h'),
  authRequests: durationInSeconds().prefault('24h'),
  deviceRequests: durationInSeconds().prefault('5m'),
  refreshTokens: z
    .strictObject({
      disableRotation: z.boolean().default(false),
      /** For so long a used refresh token is taken again, for clients whose answer was lost. */
      reuseInterval: durationInSeconds().optional(),
      validIfNotUsedFor: durationInSeconds().optional(),
      absoluteLifetime: durationInSeconds().optional(),
    })
    .prefault({}),
})

export type ExpirySettings = z.output<typeof expirySchema>
