import { OWN_PROVIDERS } from '@gatehouse/stack'
import { Option } from 'commander'

/** The option that every command about a stack has. */
export const nameOption = () =>
  new Option('-n, --name <name>', 'the stack; several run side by side under different names')
    .default('default')
    .env('GATEHOUSE_NAME')

/** Which cluster the stack has, whatever the configuration says. */
export const clusterOption = () =>
  new Option(
    '--cluster <provider>',
    "the stack's own cluster: embedded, or kind for a real node in Docker (default: as the configuration says)",
  ).choices(OWN_PROVIDERS)
