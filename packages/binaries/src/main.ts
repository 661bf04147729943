import { parseArgs } from 'node:util'
import { binaryNames } from './catalogue.ts'
import { BinariesError } from './errors.ts'
import { pinChecksums } from './pin.ts'
import { createProgressLines } from './progress-lines.ts'
import { resolveBinaries } from './resolve.ts'

const usage = `Usage: node packages/binaries/src/main.ts [NAME…] [--json] [--cache-directory DIR]
       node packages/binaries/src/main.ts --pin FILE

Finds, downloads or builds ${binaryNames.join(', ')} (all, if none is named) and prints their paths.
  --json                 prints what was found as JSON
  --cache-directory DIR  instead of $XDG_CACHE_HOME/gatehouse
  --pin FILE             writes the checksums that the publishers state into FILE (see README.md)
`

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: 'boolean' },
      'cache-directory': { type: 'string' },
      pin: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help) {
    process.stdout.write(usage)
    return
  }
  const { signal } = abortOnSignals()
  const { env } = process
  if (values.pin !== undefined) {
    const sums = await pinChecksums(values.pin, { env, signal, onProgress: (line) => console.error(line) })
    console.log(`${Object.keys(sums).length} checksums are in ${values.pin}`)
    return
  }
  const cacheDirectory = values['cache-directory']
  const started = performance.now()
  const resolved = await resolveBinaries(asNames(positionals), {
    env,
    signal,
    onProgress: createProgressLines((line) => console.error(line)),
    ...(cacheDirectory === undefined ? {} : { cacheDirectory }),
  })
  const found = Object.values(resolved)
  console.error(`${found.length} found in ${((performance.now() - started) / 1000).toFixed(1)} s`)
  if (values.json) console.log(JSON.stringify(resolved, null, 2))
  else for (const { path } of found) console.log(path)
}

function asNames(positionals: readonly string[]) {
  if (positionals.length === 0) return binaryNames
  return positionals.map((asked) => {
    const name = binaryNames.find((known) => known === asked)
    if (name) return name
    throw new BinariesError(
      'ERR_UNKNOWN_BINARY',
      `"${asked}" is unknown; these are known: ${binaryNames.join(', ')}`,
    )
  })
}

function abortOnSignals(): AbortController {
  const controller = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    // Not once: without a listener the lock's own one would end the process before it has tidied up.
    process.on(name, () => controller.abort(new Interruption(`interrupted by ${name}`)))
  }
  return controller
}

class Interruption extends Error {}

try {
  await main()
} catch (error) {
  const misused =
    error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')
  const expected = misused || error instanceof BinariesError || error instanceof Interruption
  console.error(expected ? error.message : error)
  if (misused) console.error(usage)
  process.exitCode = misused ? 2 : error instanceof Interruption ? 130 : 1
}
