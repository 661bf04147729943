import { statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { cacheRoot } from '@gatehouse/binaries'
import type { Check } from './context.ts'
import { error, type Judgement, ok, warning } from './finding.ts'

/** Free space and inodes of the file system that holds a directory. */
export interface FreeSpace {
  readonly label: string
  /** The directory, or the nearest one above it that exists. */
  readonly path: string
  /** For this user, in bytes. */
  readonly bytes: number
  /** Undefined where the file system has no fixed number of them. */
  readonly inodes: number | undefined
}

const MB = 1_000_000
const ERROR_BYTES = 500 * MB
const WARNING_BYTES = 2000 * MB
/** A repository's dependencies and a cluster's data together have some ten thousand files. */
const WARNING_INODES = 20_000
const ERROR_INODES = 1000

export const diskCheck: Check = {
  name: 'disk',
  run: async ({ state, env }) => {
    const directories = [
      ['the state directory', state.root],
      ['the cache of executables', cacheRoot(env)],
    ] as const
    const found = await Promise.all(directories.map(([label, path]) => freeSpaceOf(label, path)))
    return found.flatMap(judgeFreeSpace)
  },
}

/** Pure. */
export function judgeFreeSpace({ label, path, bytes, inodes }: FreeSpace): Judgement[] {
  const place = `${label} (${path})`
  const judgements: Judgement[] = []
  if (bytes < WARNING_BYTES) {
    const judge = bytes < ERROR_BYTES ? error : warning
    judgements.push(
      judge(
        `${place} has ${size(bytes)} left`,
        `Free some space there (a stack needs about ${size(ERROR_BYTES)}, building its executables more), or move it: GATEHOUSE_STATE_DIR, XDG_CACHE_HOME`,
      ),
    )
  }
  if (inodes !== undefined && inodes < WARNING_INODES) {
    const judge = inodes < ERROR_INODES ? error : warning
    judgements.push(
      judge(`${place} has room for ${inodes} more files only`, 'Delete files on that file system (df -i)'),
    )
  }
  return judgements.length > 0 ? judgements : [ok(`${place} has ${size(bytes)} left`)]
}

/** Looks at the file system of the directory, which need not be there. */
export async function freeSpaceOf(label: string, directory: string): Promise<FreeSpace> {
  try {
    const { bavail, bsize, files, ffree } = await statfs(directory)
    return { label, path: directory, bytes: bavail * bsize, inodes: files > 0 ? ffree : undefined }
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT' || dirname(directory) === directory) throw cause
    return freeSpaceOf(label, dirname(directory))
  }
}

function size(bytes: number): string {
  return bytes < 1000 * MB ? `${Math.floor(bytes / MB)} MB` : `${(bytes / (1000 * MB)).toFixed(1)} GB`
}
