import { type FileHandle, mkdir, open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Opens `path` for appending with mode 0600. With `rotate`, what an earlier run wrote is kept as
 * `<path>.1` (one generation, so that logs don't grow over many runs).
 */
export async function openLog(path: string, { rotate }: { rotate: boolean }): Promise<FileHandle> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  if (rotate) {
    await rename(path, `${path}.1`).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error
    })
  }
  return open(path, 'a', 0o600)
}

/** The last `lines` lines of a log, read from at most its last 64 KiB; empty when there is no such file. */
export async function tailOfLog(path: string, lines = 15): Promise<string[]> {
  const maxBytes = 64 * 1024
  let file: FileHandle
  try {
    file = await open(path, 'r')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
  try {
    const { size } = await file.stat()
    const start = Math.max(0, size - maxBytes)
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size - start), 0, size - start, start)
    const all = buffer.subarray(0, bytesRead).toString('utf8').trimEnd().split('\n')
    return all.filter((line) => line !== '').slice(-lines)
  } finally {
    await file.close()
  }
}
