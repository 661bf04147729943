import { chmod, writeFile } from 'node:fs/promises'

/** Writes a file that only its owner may read, also where it was there before with another mode. */
export async function writePrivateFile(file: string, content: string): Promise<void> {
  await writeFile(file, content, { mode: 0o600 })
  await chmod(file, 0o600)
}
