import { join } from 'node:path'
import { loadConfiguration, runService } from '@gatehouse/server'
import { startConsole } from './app.ts'
import { configurationSchema } from './configuration.ts'

// The service without its sources, as in a container image: the page was built before, beside this program.
await runService('console', async ({ configFile, logger }) =>
  startConsole(await loadConfiguration(configFile, configurationSchema), {
    logger,
    page: join(import.meta.dirname, 'page'),
  }),
)
