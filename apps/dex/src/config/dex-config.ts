import { loadConfiguration } from '@gatehouse/server'
import { z } from 'zod'
import { listenAddress } from './address.ts'
import { checkTogether } from './check-together.ts'
import { connectorSchema } from './connectors.ts'
import type { Environment } from './expand-env.ts'
import { expirySchema } from './expiry.ts'
import { oauth2Schema } from './oauth2.ts'
import { staticClientSchema } from './static-clients.ts'
import { staticPasswordSchema } from './static-passwords.ts'
import { storageSchema } from './storage.ts'
import { gatehouseSchema } from './test-powers.ts'
import { webSchema } from './web.ts'

const issuer = z.string().superRefine((text, context) => {
  const url = URL.parse(text)
  if (!url || !['https:', 'http:'].includes(url.protocol)) context.addIssue('is not an http or https URL')
  else if (url.search || url.hash || /[?#]/.test(text)) context.addIssue('must have no query and no fragment')
  else if (url.username || url.password) context.addIssue('must have no user or password')
})

/** Dex's configuration file. `env` is for `$NAME` and the like. */
export function dexConfigSchema(env: Environment) {
  return z
    .strictObject({
      issuer,
      storage: storageSchema(env),
      web: webSchema,
      telemetry: z
        .strictObject({ http: listenAddress.optional(), enableProfiling: z.boolean().default(false) })
        .prefault({}),
      oauth2: oauth2Schema.prefault({}),
      expiry: expirySchema.prefault({}),
      logger: z
        .strictObject({
          level: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
          format: z.enum(['json', 'text']).default('json'),
          excludeFields: z.array(z.string()).optional(),
        })
        .prefault({}),
      staticClients: z.array(staticClientSchema(env)).default([]),
      connectors: z.array(connectorSchema(env)).default([]),
      enablePasswordDB: z.boolean().default(false),
      staticPasswords: z.array(staticPasswordSchema(env)).default([]),
      gatehouse: gatehouseSchema.prefault({}),
      // Of Dex, and without effect here: warnings.ts tells so.
      frontend: z.unknown().optional(),
      grpc: z.unknown().optional(),
      additionalFeatures: z.unknown().optional(),
      signer: z.unknown().optional(),
    })
    .superRefine(checkTogether, {
      // Also where something else is wrong, so that one reading names every problem.
      when: ({ value }) => typeof value === 'object' && value !== null,
    })
}

export type DexConfig = z.output<ReturnType<typeof dexConfigSchema>>

/**
 * Reads a Dex configuration file, YAML or JSON.
 *
 * @throws ConfigurationError with every problem and its path
 */
export function loadDexConfig(file: string, env: Environment): Promise<DexConfig> {
  return loadConfiguration(file, dexConfigSchema(env))
}
