import { open, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ConformanceError } from '@gatehouse/conformance'

/**
 * Makes sure, before anything is asked, that what a run finds out can be written where it is wanted. What is in
 * the files stays there.
 *
 * @throws ConformanceError `ERR_REPORT`
 */
export async function requireWritable(files: readonly string[]): Promise<void> {
  for (const [index, file] of files.entries()) {
    if (files.indexOf(file) !== index)
      throw new ConformanceError('ERR_REPORT', `two things would be written to ${file}; name two files`)
    await tryToWrite(file).catch((cause: NodeJS.ErrnoException) => {
      const message = `${file} can't be written, so nothing was asked: ${reasonOf(cause, file)}`
      throw new ConformanceError('ERR_REPORT', message, { cause })
    })
  }
}

async function tryToWrite(file: string): Promise<void> {
  const isThere = await stat(file).then(
    () => true,
    () => false,
  )
  const handle = await open(file, isThere ? 'a' : 'wx', 0o666)
  await handle.close()
  if (!isThere) await rm(file)
}

function reasonOf({ code, message }: NodeJS.ErrnoException, file: string): string {
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: `there is no directory ${dirname(file)}; make it, or name another file`,
    ENOTDIR: `${dirname(file)} is no directory; name another file`,
    EISDIR: 'it is a directory; name a file in it',
    EACCES: 'it, or its directory, is not yours to write; name another file',
    EROFS: 'its file system is read-only; name another file',
  }
  return reasons[code ?? ''] ?? message
}
