import { loadConfiguration, runService } from '@gatehouse/server'
import { startConsole } from './app.ts'
import { configurationSchema } from './configuration.ts'

await runService('console', async ({ configFile, logger }) =>
  startConsole(await loadConfiguration(configFile, configurationSchema), { logger }),
)
