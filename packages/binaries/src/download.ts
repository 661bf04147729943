import { open, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { extract } from 'tar'
import type { Response } from 'undici'
import { BinariesError } from './errors.ts'
import { type Http, reasonOf } from './http.ts'
import type { PinnedArtifact } from './plan.ts'
import { sha256Of } from './sha256.ts'

/** No artifact comes near it; a server that never stops must not fill the disk. */
const bytesAtMost = 1024 ** 3

interface DownloadOptions {
  readonly http: Http
  /** Kept when the download breaks off, so that the next one goes on from there; gone otherwise. */
  readonly partialFile: string
  readonly signal: AbortSignal
  readonly onFraction: (fraction: number) => void
}

/**
 * Downloads `artifact` to `file`; nothing is there unless all bytes have the pinned sum.
 *
 * @throws BinariesError `ERR_DOWNLOAD` when it can't be had, `ERR_CHECKSUM` when it is not what was pinned
 */
export async function downloadArtifact(
  artifact: PinnedArtifact,
  file: string,
  options: DownloadOptions,
): Promise<void> {
  const { partialFile, signal } = options
  const resumed = await fetchBytes(artifact.url, options)
  let sum = await sha256Of(partialFile, signal)
  if (sum !== artifact.sha256 && resumed) {
    // The part from last time may be at fault: once more, from the beginning.
    await rm(partialFile, { force: true })
    await fetchBytes(artifact.url, options)
    sum = await sha256Of(partialFile, signal)
  }
  if (sum !== artifact.sha256) {
    await rm(partialFile, { force: true })
    throw new BinariesError(
      'ERR_CHECKSUM',
      `${artifact.url} was refused: its SHA-256 sum is ${sum}, pinned is ${artifact.sha256}`,
    )
  }
  await rename(partialFile, file)
}

/** Adds what is missing to the partial file; tells whether a part was there before. */
async function fetchBytes(url: string, options: DownloadOptions): Promise<boolean> {
  const { http, partialFile, signal } = options
  const had = await stat(partialFile).then(
    ({ size }) => size,
    () => 0,
  )
  let response = await http.get(url, { signal, headers: had > 0 ? { range: `bytes=${had}-` } : {} })
  let start = had
  if (response.status === 416) {
    await response.body?.cancel()
    response = await http.get(url, { signal })
  }
  // A server that does not know ranges answers 200 with everything.
  if (response.status !== 206 || !response.headers.get('content-range')?.startsWith(`bytes ${had}-`))
    start = 0
  if (response.status === 206 && start === 0) {
    await response.body?.cancel()
    throw new BinariesError('ERR_DOWNLOAD', `${url} sent another range than the one asked for`)
  }
  await append(response, start, url, options)
  return start > 0
}

async function append(
  response: Response,
  start: number,
  url: string,
  options: DownloadOptions,
): Promise<void> {
  const total = start + Number(response.headers.get('content-length') ?? Number.NaN)
  await using file = await open(options.partialFile, start > 0 ? 'r+' : 'w', 0o600)
  let size = start
  try {
    for await (const chunk of response.body ?? []) {
      await file.write(chunk, 0, chunk.byteLength, size)
      size += chunk.byteLength
      if (size > bytesAtMost) break
      if (total > 0) options.onFraction(Math.min(size / total, 1))
    }
  } catch (cause) {
    options.signal.throwIfAborted()
    throw new BinariesError('ERR_DOWNLOAD', `${url} broke off after ${size} bytes: ${reasonOf(cause)}`, {
      cause,
    })
  }
  if (size > bytesAtMost) {
    await file.truncate(0)
    throw new BinariesError('ERR_DOWNLOAD', `${url} was refused: it is larger than ${bytesAtMost} bytes`)
  }
}

/**
 * Unpacks the executable `member` of the archive (.tar.gz) beside it and returns its path.
 *
 * @throws BinariesError `ERR_DOWNLOAD`
 */
export async function unpack(archive: string, member: string): Promise<string> {
  let found = false
  await extract({
    file: archive,
    cwd: dirname(archive),
    strip: member.split('/').length - 1,
    filter: (path, entry) => {
      const wanted = path === member && 'type' in entry && entry.type === 'File'
      found ||= wanted
      return wanted
    },
  }).catch((cause: unknown) => {
    throw new BinariesError('ERR_DOWNLOAD', `the archive can't be unpacked: ${reasonOf(cause)}`, { cause })
  })
  if (!found) throw new BinariesError('ERR_DOWNLOAD', `the archive holds no ${member}`)
  return join(dirname(archive), basename(member))
}
