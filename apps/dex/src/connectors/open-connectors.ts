import type { ConnectorSettings } from '../config/connectors.ts'
import type { DexConfig } from '../config/dex-config.ts'
import type { Storage } from '../storage/storage.ts'
import type { IssuerClock } from '../time/clock.ts'
import type { Connector } from './connector.ts'
import { createLocalConnector } from './local.ts'
import { createMockCallbackConnector } from './mock-callback.ts'
import { createMockPasswordConnector } from './mock-password.ts'
import { createSimulatedConnector } from './simulated.ts'
import { createSimulatedLdapConnector } from './simulated-ldap.ts'
import type { Users } from './users.ts'

/** What connectors are made of, beside their settings. */
export interface ConnectorParts {
  readonly users: Users
  readonly storage: Storage
  readonly clock: IssuerClock
}

/** The connectors of the configuration by id, in the order of the chooser: the password database first. */
export async function openConnectors(
  config: DexConfig,
  parts: ConnectorParts,
): Promise<ReadonlyMap<string, Connector>> {
  const connectors = await Promise.all(config.connectors.map((settings) => openConnector(settings, parts)))
  const all = config.enablePasswordDB ? [createLocalConnector(parts.users), ...connectors] : connectors
  return new Map(all.map((connector) => [connector.id, connector]))
}

async function openConnector(
  settings: ConnectorSettings,
  { users, storage, clock }: ConnectorParts,
): Promise<Connector> {
  const { id, name, type, config } = settings
  if (type === 'mockCallback') return createMockCallbackConnector(id, name)
  if (type === 'mockPassword') return createMockPasswordConnector(id, name, config)
  if (type === 'oidc') {
    // A fifth of the start, for those who need it.
    const { createOidcConnector } = await import('./oidc/oidc.ts')
    return createOidcConnector({ id, name, settings: config, storage, clock })
  }
  if (type === 'ldap')
    return createSimulatedLdapConnector(id, name, config?.usernamePrompt ?? 'Username', users)
  return createSimulatedConnector(id, name, type === 'unknown' ? settings.askedType : type, users)
}
