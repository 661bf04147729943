import { z } from 'zod'
import { type Environment, expandEnv } from './expand-env.ts'
import { oidcConnectorSchema } from './oidc-connector.ts'

/** Connectors to services that nobody has on a laptop: the mock asks who to be instead. */
export const SIMULATED_TYPES = ['github', 'google', 'ldap', 'microsoft', 'saml'] as const

/** The id stands in paths (`/auth/{connector}`) and in every `sub`. */
const common = {
  id: z.string().regex(/^[A-Za-z0-9._~-]+$/, 'may hold letters, digits and . _ ~ - only'),
  name: z.string().min(1),
}

/** Dex's `connectors[]`; `config` may hold variables of `env`. */
export function connectorSchema(env: Environment) {
  const expanded = <Schema extends z.ZodType>(schema: Schema) =>
    z.preprocess((value) => expandEnv(value, env), schema)
  // What such a service would need to know means nothing here, so all of it is taken.
  const simulated = z.looseObject({ usernamePrompt: z.string().optional() }).nullish()
  const known = z.discriminatedUnion(
    'type',
    [
      z.strictObject({ type: z.literal('mockCallback'), ...common, config: z.strictObject({}).nullish() }),
      z.strictObject({
        type: z.literal('mockPassword'),
        ...common,
        config: expanded(z.strictObject({ username: z.string().min(1), password: z.string().min(1) })),
      }),
      z.strictObject({ type: z.literal('oidc'), ...common, config: expanded(oidcConnectorSchema) }),
      z.strictObject({ type: z.enum(SIMULATED_TYPES), ...common, config: simulated }),
      z.strictObject({ type: z.literal(UNKNOWN), ...common, config: simulated, askedType: z.string() }),
    ],
    { error: () => 'is missing; a connector needs a type' },
  )
  return z.preprocess(withoutUnknownType, known)
}

export type ConnectorSettings = z.output<ReturnType<typeof connectorSchema>>

const UNKNOWN = 'unknown'
const KNOWN: ReadonlySet<string> = new Set(['mockCallback', 'mockPassword', 'oidc', ...SIMULATED_TYPES])

/** A type that is not known (gitlab, openshift…) becomes a connector that asks who to be. */
function withoutUnknownType(given: unknown): unknown {
  const type = (given as { type?: unknown } | null | undefined)?.type
  if (typeof type !== 'string' || type === '' || KNOWN.has(type)) return given
  return { ...(given as object), type: UNKNOWN, askedType: type }
}
