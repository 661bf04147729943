import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { extname, join, relative, sep } from 'node:path'

/** One file of the built page, held in memory with what was compressed when it was built. */
export interface StaticFile {
  readonly type: string
  /** Whether its name changes with its content, so that it may be kept for good. */
  readonly immutable: boolean
  readonly etag: string
  readonly bodies: { readonly identity: Buffer; readonly br?: Buffer; readonly gzip?: Buffer }
}

/** Every file of a built page by the path that a browser asks for. */
export type StaticFiles = ReadonlyMap<string, StaticFile>

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
}

/**
 * Reads a built page into memory. Only what is in there is ever served, so no path of a request becomes a path
 * of this machine. `.br` and `.gz` beside a file are other forms of it.
 */
export async function readStaticFiles(directory: string): Promise<StaticFiles> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const contents = new Map(
    await Promise.all(paths.map(async (path) => [path, await readFile(path)] as const)),
  )
  const files = [...contents].filter(([path]) => extname(path) in TYPES)
  return new Map(
    files.map(([path, identity]) => {
      const [br, gzip] = [contents.get(`${path}.br`), contents.get(`${path}.gz`)]
      const name = `/${relative(directory, path).replaceAll(sep, '/')}`
      const file: StaticFile = {
        type: TYPES[extname(path)]!,
        immutable: name.startsWith('/assets/'),
        etag: `"${createHash('sha256').update(identity).digest('base64url').slice(0, 22)}"`,
        bodies: { identity, ...(br ? { br } : {}), ...(gzip ? { gzip } : {}) },
      }
      return [name, file]
    }),
  )
}
