import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { BinariesError, cacheRoot, versions } from '@gatehouse/binaries'
import { buildNodeImage } from './build.ts'
import { NodeImageError } from './errors.ts'

const usage = `Usage: node scripts/node-image/main.ts [--image NAME] [--debian-mirror URL] [--cache-directory DIR]

Makes the image of a kind node from Go modules and Debian packages, where none can be pulled, and puts it into
the Docker engine. Needs Linux and root. What did not change since the last time is not made again.
  --image NAME           instead of gatehouse/node:${versions.kubernetes}
  --debian-mirror URL    instead of the one that debootstrap takes by itself
  --cache-directory DIR  instead of $XDG_CACHE_HOME/gatehouse/node-image
`

class Interruption extends Error {}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      image: { type: 'string', default: `gatehouse/node:${versions.kubernetes}` },
      'debian-mirror': { type: 'string' },
      'cache-directory': { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help) {
    process.stdout.write(usage)
    return
  }
  const { env } = process
  const controller = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    // Not once: without a listener the lock's own one would end the process before it has tidied up.
    process.on(name, () => controller.abort(new Interruption(`interrupted by ${name}`)))
  }
  const started = performance.now()
  const report = (message: string) => {
    const seconds = ((performance.now() - started) / 1000).toFixed(1)
    console.error(`${seconds.padStart(6)} s  ${message}`)
  }
  await buildNodeImage(values.image, {
    env,
    cacheDirectory: values['cache-directory'] ?? join(cacheRoot(env), 'node-image'),
    debianMirror: values['debian-mirror'],
    signal: controller.signal,
    report,
  })
  report('done')
}

try {
  await main()
} catch (error) {
  const misused =
    error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')
  const isExpected =
    misused ||
    error instanceof NodeImageError ||
    error instanceof BinariesError ||
    error instanceof Interruption
  console.error(isExpected ? error.message : error)
  if (misused) console.error(usage)
  process.exitCode = misused ? 2 : error instanceof Interruption ? 130 : 1
}
