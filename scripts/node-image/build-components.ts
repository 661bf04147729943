import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { buildGoPackages, usableGo } from '@gatehouse/binaries/go'
import { platformOf } from '@gatehouse/binaries'
import { type Cached, cached } from '../image-assembly/cache.ts'
import type { Component } from './components.ts'
import type { Context } from '../image-assembly/context.ts'

/** Builds the executables of a component; the result's folder holds them by name. */
export async function buildComponent(component: Component, context: Context): Promise<Cached> {
  const { name, directory, packages, ldflags, tags, cgo } = component
  const { env, signal, report } = context
  const [goMod, goSum, go] = await Promise.all([
    readFile(join(directory, 'go.mod'), 'utf8'),
    readFile(join(directory, 'go.sum'), 'utf8'),
    usableGo(env, signal),
  ])
  const inputs = { goMod, goSum, go, packages, ldflags, tags, cgo }
  return cached(name, inputs, context, async (output) => {
    let reported = 0
    await buildGoPackages(
      {
        directory,
        packages,
        ldflags,
        // The slash makes go take it for a folder, also for a single executable.
        output: `${output}/`,
        ...(tags ? { tags } : {}),
        ...(cgo ? { cgo } : {}),
      },
      {
        env,
        platform: platformOf(process.platform, process.arch),
        workDirectory: output,
        signal,
        report: ({ fraction, message }) => {
          if (fraction === undefined || fraction < reported + 0.1) return
          reported = fraction
          report(`${name}: ${Math.floor(fraction * 100)} %: ${message}`)
        },
      },
    )
    await rm(join(output, 'go'), { recursive: true, force: true })
  })
}
