// A small service for the tests of runService; what it does is told by its configuration.
import { createServer } from 'node:http'
import { z } from 'zod'
import { closeGracefully, listen, loadConfiguration, runService } from '../src/index.ts'

const schema = z.strictObject({
  behaviour: z.enum(['well', 'fails', 'throws-later', 'hangs-in-drain', 'waits-in-start']),
})

await runService('small-service', async ({ configFile, logger, signal }) => {
  const { behaviour } = await loadConfiguration(configFile, schema)
  if (behaviour === 'fails') throw new Error('no luck: Bearer abcdefghijklmnopqrstuvwxyz012345')
  if (behaviour === 'waits-in-start') {
    logger.info('waiting')
    const held = setInterval(() => undefined, 1000)
    await new Promise<void>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error))
    }).finally(() => clearInterval(held))
  }
  const server = createServer((_, response) => response.end('hello'))
  const address = await listen(server, { host: '127.0.0.1', port: 0 })
  if (behaviour === 'throws-later') {
    setImmediate(() => {
      throw new Error('token eyJhbGciOiJub25lIn0.eyJzdWIiOiJzZWNyZXQifQ.x')
    })
  }
  return {
    urls: { small: `http://${address}` },
    drain: async () => {
      logger.info('in drain')
      if (behaviour === 'hangs-in-drain') await new Promise(() => undefined)
      await closeGracefully(server, 1000)
    },
  }
})
