export { OWN_PROVIDERS, type OwnProviderName } from './cluster-configuration.ts'
export { type Configuration, configurationSchema, readConfiguration } from './configuration.ts'
export { DEFAULT_PORTS, type PortName, type SomePorts } from './ports.ts'
export { SERVICE_NAMES, type ServiceName } from './services/names.ts'
