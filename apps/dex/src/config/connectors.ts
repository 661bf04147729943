import { z } from 'zod'

const AVAILABLE = ['mockCallback'] as const

/** Dex's `connectors[]`: the types that the mock has. A type that it has not is a problem with its path. */
export const connectorSchema = z.discriminatedUnion(
  'type',
  [
    z.strictObject({
      type: z.literal('mockCallback'),
      id: connectorID(),
      name: z.string().min(1),
      config: z.strictObject({}).nullish(),
    }),
  ],
  { error: () => `is not a connector type of the mock; use one of: ${AVAILABLE.join(', ')}` },
)

export type ConnectorSettings = z.output<typeof connectorSchema>

/** The id stands in paths (`/auth/{connector}`) and in every `sub`. */
function connectorID() {
  return z.string().regex(/^[A-Za-z0-9._~-]+$/, 'may hold letters, digits and . _ ~ - only')
}
