import { loadConfiguration, runService } from '@gatehouse/server'
import { startPermissionController } from './app.ts'
import { configSchema } from './config.ts'

await runService('permission-controller', async ({ configFile, logger }) =>
  startPermissionController(await loadConfiguration(configFile, configSchema), { logger }),
)
