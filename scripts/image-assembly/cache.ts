import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Context } from './context.ts'

/** The result of a step: a folder that never changes, and a key that says all that went into it. */
export interface Cached {
  readonly directory: string
  readonly key: string
}

/** A key for `inputs`: equal ones have the same, whatever the order of an object's fields. Pure. */
export function keyOf(inputs: unknown): string {
  const text = JSON.stringify(inputs, (_, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  )
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}

/**
 * Gives the result of `step` for these inputs: the kept one, or what `make` puts into an empty folder. That
 * folder gets its name when it is complete, so an interrupted step leaves nothing that looks like a result.
 * Results of the same step with other inputs are removed.
 */
export async function cached(
  step: string,
  inputs: unknown,
  { cacheDirectory, report }: Context,
  make: (directory: string) => Promise<void>,
): Promise<Cached> {
  const key = keyOf(inputs)
  const parent = join(cacheDirectory, step)
  await mkdir(parent, { recursive: true, mode: 0o700 })
  const entries = await readdir(parent)
  const directory = join(parent, key)
  if (entries.includes(key)) {
    report(`${step}: kept, nothing changed`)
    return { directory, key }
  }
  report(`${step}: being made`)
  // Whatever else is there is old, or was left by an interrupted run.
  for (const old of entries) await rm(join(parent, old), { recursive: true, force: true })
  const temporary = join(parent, `making-${randomUUID()}`)
  await mkdir(temporary, { mode: 0o755 })
  try {
    await make(temporary)
    await rename(temporary, directory)
  } catch (error) {
    await rm(temporary, { recursive: true, force: true })
    throw error
  }
  return { directory, key }
}
