import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { cacheRoot } from '@gatehouse/binaries'
import { ImageError } from '../image-assembly/errors.ts'
import { runProgram } from '../image-assembly/program.ts'
import { type App, apps } from './apps.ts'
import { buildImages } from './build.ts'

const names = apps.map(({ name }) => name).join(', ')
const usage = `Usage: node scripts/images/main.ts [APP…] [--tag TAG] [--base-image NAME] [--json]

Builds the images of the services (${names}),
or of those that are named, in the Docker engine, unless they are there as they would be made.
  --tag TAG              of the images gatehouse/APP:TAG; default: dev
  --base-image NAME      an image with Node 24 on its PATH, which may be pulled; without it, one is made of this
                         Node and Debian's libraries (needs apt-get and dpkg-deb)
  --cache-directory DIR  instead of $XDG_CACHE_HOME/gatehouse/images
  --json                 print the images as JSON
`

await runProgram(usage, async (program) => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      tag: { type: 'string', default: 'dev' },
      'base-image': { type: 'string' },
      'cache-directory': { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help) {
    process.stdout.write(usage)
    return
  }
  const images = await buildImages(
    { apps: wanted(positionals), tag: values.tag, baseImage: values['base-image'] },
    {
      ...program,
      cacheDirectory: values['cache-directory'] ?? join(cacheRoot(program.env), 'images'),
      debianMirror: undefined,
    },
  )
  if (values.json) {
    console.log(JSON.stringify(images, undefined, 2))
    return
  }
  for (const { name, bytes } of images) console.log(`${name}  ${(bytes / 1e6).toFixed(1)} MB`)
})

function wanted(selection: readonly string[]): readonly App[] {
  if (selection.length === 0) return apps
  return selection.map((name) => {
    const app = apps.find((known) => known.name === name)
    if (app) return app
    throw new ImageError('ERR_REQUIREMENTS', `there is no app ${name}; there are ${names}`)
  })
}
