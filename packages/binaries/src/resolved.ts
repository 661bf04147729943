import type { BinaryName } from './catalogue.ts'
import type { Plan } from './plan.ts'
import type { Report } from './progress.ts'

/** Which step had the executable. */
export type Source = 'explicit' | 'cache' | 'download' | 'built'

/** An executable that is there, of the pinned version. */
export interface ResolvedBinary {
  readonly name: BinaryName
  readonly path: string
  readonly version: string
  readonly source: Source
}

/** Reports that the executable of `plan` is at `path`, and returns that. */
export function done({ name, version }: Plan, path: string, source: Source, report: Report): ResolvedBinary {
  report({ phase: 'done', fraction: 1, message: `${name} ${version} (${source}): ${path}` })
  return { name, path, version, source }
}
