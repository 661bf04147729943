import { loadConfiguration, runService } from '@gatehouse/server'
import { startKubeconfigGenerator } from './app.ts'
import { configurationSchema } from './configuration.ts'

await runService('kubeconfig-generator', async ({ configFile, logger }) =>
  startKubeconfigGenerator(await loadConfiguration(configFile, configurationSchema), { logger }),
)
