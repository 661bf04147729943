import { createHash } from 'node:crypto'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { z } from 'zod'
import { type Binary, catalogue, releases } from './catalogue.ts'
import { BinariesError } from './errors.ts'
import { type Http, openHttp } from './http.ts'
import { type Environment, releaseUrl } from './plan.ts'
import type { Platform } from './platform.ts'
import type { Checksums } from './versions.ts'

const platforms: readonly Platform[] = [
  { os: 'linux', arch: 'amd64' },
  { os: 'linux', arch: 'arm64' },
  { os: 'darwin', arch: 'amd64' },
  { os: 'darwin', arch: 'arm64' },
]

/**
 * Writes into `file`, a JSON document with a `sha256` object, the sums of all artifacts of the pinned versions:
 * those that the publisher states, or of what he serves now where he states none. Whoever runs it trusts these
 * hosts once; everybody who has the file afterwards need not.
 *
 * @returns the sums, by artifact; nothing is written unless all could be had
 * @throws BinariesError `ERR_DOWNLOAD`, `ERR_INVALID_OPTION` when they would come unprotected
 */
export async function pinChecksums(
  file: string,
  {
    env,
    signal,
    onProgress,
  }: { env: Environment; signal: AbortSignal; onProgress: (message: string) => void },
): Promise<Checksums> {
  await using http = openHttp(env)
  const sums: Record<string, string> = {}
  for (const binary of Object.values<Binary>(catalogue)) {
    for (const platform of platforms) {
      const artifact = binary.artifact(platform)
      if (!artifact) continue
      const id = `${binary.product}/${artifact.path}`
      onProgress(`asking for the checksum of ${id}`)
      sums[id] = await checksumOf(binary, artifact.path, { http, env, signal })
    }
  }
  await merge(file, sums)
  return sums
}

async function checksumOf(
  binary: Binary,
  path: string,
  { http, env, signal }: { http: Http; env: Environment; signal: AbortSignal },
): Promise<string> {
  const base = releaseUrl(binary, env)
  assertProtected(base)
  const checksumPath = releases[binary.product].checksumPath(path)
  if (checksumPath === undefined) {
    const response = await http.get(`${base}/${path}`, { signal })
    const hash = createHash('sha256')
    for await (const chunk of response.body ?? []) hash.update(chunk)
    return hash.digest('hex')
  }
  const url = `${base}/${checksumPath}`
  const text = await (await http.get(url, { signal })).text()
  const name = path.slice(path.lastIndexOf('/') + 1)
  const sum = parseChecksum(text, name)
  if (!sum) throw new BinariesError('ERR_DOWNLOAD', `${url} states no SHA-256 sum of ${name}`)
  return sum
}

/**
 * Finds the sum of `name` in a published file: a bare sum, or lines as `sha256sum` prints them.
 *
 * @returns lower-case hex; undefined when it is not there
 */
export function parseChecksum(text: string, name: string): string | undefined {
  if (/^[0-9a-f]{64}$/i.test(text.trim())) return text.trim().toLowerCase()
  for (const line of text.split('\n')) {
    const [, sum, file] = /^([0-9a-f]{64}) [ *](?:.*\/)?([^/\s]+)\s*$/i.exec(line) ?? []
    if (sum && file === name) return sum.toLowerCase()
  }
  return undefined
}

/** Sums are worth what their way here is worth. */
function assertProtected(base: string): void {
  const { protocol, hostname } = new URL(base)
  if (protocol === 'https:' || ['127.0.0.1', '[::1]', 'localhost'].includes(hostname)) return
  throw new BinariesError('ERR_INVALID_OPTION', `checksums are pinned from https URLs only, not from ${base}`)
}

async function merge(file: string, sums: Checksums): Promise<void> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '{}'
    throw error
  })
  const document = z
    .looseObject({ sha256: z.record(z.string(), z.string()).default({}) })
    .parse(JSON.parse(text))
  const merged = Object.entries({ ...document.sha256, ...sums }).toSorted(([a], [b]) => (a < b ? -1 : 1))
  const temporary = `${file}.${process.pid}`
  const result = { ...document, sha256: Object.fromEntries(merged) }
  await writeFile(temporary, `${JSON.stringify(result, null, 2)}\n`)
  await rename(temporary, file)
}
