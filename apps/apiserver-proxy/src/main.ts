import { loadConfiguration, runService } from '@gatehouse/server'
import { startApiserverProxy } from './app.ts'
import { configSchema } from './config.ts'

await runService('apiserver-proxy', async ({ configFile, logger }) => {
  return startApiserverProxy(await loadConfiguration(configFile, configSchema), { logger })
})
