import { loadConfiguration, runService } from '@gatehouse/server'
import { startIngressGateway } from './app.ts'
import { configSchema } from './config.ts'

await runService('ingress-gateway', async ({ configFile, logger }) =>
  startIngressGateway(await loadConfiguration(configFile, configSchema), { logger, configFile }),
)
