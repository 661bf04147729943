import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { versions } from '../src/index.ts'
import { sha256, startReleaseServer } from './release-server.ts'
import { temporaryDirectory } from './temporary-directory.ts'

export const architecture = process.arch === 'arm64' ? 'arm64' : 'amd64'
export const kwokPath = `${versions.kwok}/kwok-${process.platform}-${architecture}`

/** A mirror of kwok whose checksum is pinned, and a cache with the `folder` for it; there is no Go, so nothing is built. */
export async function kwokMirror(content: string, { pinned = sha256(content) } = {}) {
  const directory = await temporaryDirectory()
  const server = await startReleaseServer({ [`/${kwokPath}`]: Buffer.from(content) })
  const cacheDirectory = join(directory, 'cache')
  const sums = join(directory, 'sums.json')
  await writeFile(sums, JSON.stringify({ sha256: { [`kwok/${kwokPath}`]: pinned } }))
  const env = { GATEHOUSE_KWOK_URL: server.url, GATEHOUSE_CHECKSUMS: sums, PATH: '' }
  const folder = join(cacheDirectory, versions.kwok, `${process.platform}-${architecture}`)
  return { ...server, env, cacheDirectory, folder }
}
