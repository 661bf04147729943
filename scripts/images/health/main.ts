import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'

// The health check of an image, for engines that have nothing but the image itself: exit code 0 if the
// service's operations listener says that it is alive. It is started every few seconds for as long as a container
// lives, so it loads little: `fetch` and an `import` of node:http both load WebSockets and more, which is most of what
// a check would cost.
const { get } = process.getBuiltinModule('node:http')

const url = process.argv[2]
if (url === undefined) {
  console.error('Usage: node health.mjs URL')
  process.exit(2)
}
try {
  const request = get(url, { agent: false, signal: AbortSignal.timeout(2000) })
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  console.log(`${url} answered ${response.statusCode}: ${(await text(response)).trim()}`)
  process.exitCode = response.statusCode === 200 ? 0 : 1
} catch (error) {
  console.error(`${url}: ${(error as Error).message}`)
  process.exitCode = 1
}
