import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { cacheRoot, versions } from '@gatehouse/binaries'
import { runProgram } from '../image-assembly/program.ts'
import { buildNodeImage } from './build.ts'

const usage = `Usage: node scripts/node-image/main.ts [--image NAME] [--debian-mirror URL] [--cache-directory DIR]

Makes the image of a kind node from Go modules and Debian packages, where none can be pulled, and puts it into
the Docker engine. Needs Linux and root. What did not change since the last time is not made again.
  --image NAME           instead of gatehouse/node:${versions.kubernetes}
  --debian-mirror URL    instead of the one that debootstrap takes by itself
  --cache-directory DIR  instead of $XDG_CACHE_HOME/gatehouse/node-image
`

await runProgram(usage, async (program) => {
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
  await buildNodeImage(values.image, {
    ...program,
    cacheDirectory: values['cache-directory'] ?? join(cacheRoot(program.env), 'node-image'),
    debianMirror: values['debian-mirror'],
  })
  program.report('done')
})
