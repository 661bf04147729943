import cluster from 'node:cluster'
import { loadConfiguration, runService } from '@gatehouse/server'
import { startApiserverProxy } from './app.ts'
import { configSchema } from './config.ts'
import { shareOfLimits, startProxyWorkers } from './workers.ts'

await runService('apiserver-proxy', async ({ configFile, logger }) => {
  const config = await loadConfiguration(configFile, configSchema)
  if (cluster.isWorker) return startApiserverProxy({ ...config, limits: shareOfLimits(config) }, { logger })
  return config.workers > 1 ? startProxyWorkers(config, { logger }) : startApiserverProxy(config, { logger })
})
