import { runService } from '@gatehouse/server'
import { startDex } from './app.ts'
import { loadDexConfig } from './config/dex-config.ts'

await runService('dex', async ({ configFile, logger }) => {
  return startDex(await loadDexConfig(configFile, process.env), { logger })
})
