import { OWN_PROVIDERS } from '@gatehouse/stack/settings'
import { Option } from 'commander'

/** Which cluster the stack has, whatever the configuration says. */
export const clusterOption = () =>
  new Option(
    '--cluster <provider>',
    "the stack's own cluster: embedded, or kind for a real node in Docker (default: as the configuration says)",
  ).choices(OWN_PROVIDERS)
