import type { ConnectorSettings } from '../config/connectors.ts'
import type { DexConfig } from '../config/dex-config.ts'
import type { Connector } from './connector.ts'
import { createLocalConnector } from './local.ts'
import { createMockCallbackConnector } from './mock-callback.ts'

/** How each type of `connectors[]` is made. */
const TYPES: {
  [Type in ConnectorSettings['type']]: (settings: Extract<ConnectorSettings, { type: Type }>) => Connector
} = {
  mockCallback: ({ id, name }) => createMockCallbackConnector(id, name),
}

function openConnector(settings: ConnectorSettings): Connector {
  return TYPES[settings.type](settings)
}

/** The connectors of the configuration by id, in the order of the chooser: the password database first. */
export function openConnectors(config: DexConfig): ReadonlyMap<string, Connector> {
  const connectors = config.connectors.map(openConnector)
  const all = config.enablePasswordDB
    ? [createLocalConnector(config.staticPasswords), ...connectors]
    : connectors
  return new Map(all.map((connector) => [connector.id, connector]))
}
