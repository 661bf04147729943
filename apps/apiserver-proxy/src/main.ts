import cluster from 'node:cluster'
import { loadConfiguration, runService } from '@gatehouse/server'
import { startApiserverProxy } from './app.ts'
import { configSchema } from './config.ts'
import { followProxyConfiguration } from './reload.ts'
import { startProxyWorker, startProxyWorkers } from './workers.ts'

await runService('apiserver-proxy', async ({ configFile, logger }) => {
  if (cluster.isWorker) return startProxyWorker({ logger })
  const config = await loadConfiguration(configFile, configSchema)
  if (config.workers > 1) return startProxyWorkers(config, { configFile, logger })
  const proxy = await startApiserverProxy(config, { logger })
  const following = followProxyConfiguration(configFile, config, proxy, logger)
  return {
    urls: proxy.urls,
    async drain() {
      await following[Symbol.asyncDispose]()
      await proxy.drain()
    },
  }
})
