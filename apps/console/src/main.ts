import { loadConfiguration, runService } from '@gatehouse/server'
import { startConsole } from './app.ts'
import { builtPage } from './build/built-page.ts'
import { configurationSchema } from './configuration.ts'

await runService('console', async ({ configFile, logger }) => {
  const configuration = await loadConfiguration(configFile, configurationSchema)
  const { directory, builtInMs } = await builtPage()
  if (builtInMs !== undefined) logger.info({ durationMs: Math.round(builtInMs) }, 'built the page')
  return startConsole(configuration, { logger, page: directory })
})
