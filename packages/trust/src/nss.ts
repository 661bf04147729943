import { mkdir, rm } from 'node:fs/promises'
import { TrustError } from './errors.ts'
import { type Machine, run } from './machine.ts'

/** What runs certutil (Debian: libnss3-tools, Fedora: nss-tools, macOS: brew install nss). */
type Runner = Pick<Machine, 'env'>

const certutil = (runner: Runner, folder: string, ...options: string[]) =>
  run(runner, 'certutil', ['-d', `sql:${folder}`, ...options])

/**
 * Makes an empty database without a password, and its folder; neither when that fails.
 *
 * @throws TrustError `ERR_RIGHTS`, `ERR_PROGRAM_MISSING`, `ERR_PROGRAM_FAILED`
 */
export async function createDatabase(runner: Runner, folder: string): Promise<void> {
  const made = await mkdir(folder, { recursive: true, mode: 0o700 }).catch((cause: unknown) => {
    throw new TrustError('ERR_RIGHTS', `${folder} can't be made: ${(cause as Error).message}`, { cause })
  })
  try {
    await certutil(runner, folder, '-N', '--empty-password')
  } catch (error) {
    if (made !== undefined) await rm(made, { recursive: true })
    throw error
  }
}

/**
 * Trusts the authority in `certificateFile` (PEM) to sign for servers, under `name`.
 *
 * @throws TrustError `ERR_PROGRAM_MISSING`, `ERR_PROGRAM_FAILED`
 */
export async function addAuthority(
  runner: Runner,
  folder: string,
  { name, certificateFile }: { name: string; certificateFile: string },
): Promise<void> {
  await certutil(runner, folder, ...addition({ name, certificateFile }))
}

/** @throws TrustError `ERR_PROGRAM_MISSING`, `ERR_PROGRAM_FAILED` */
export async function removeAuthority(runner: Runner, folder: string, name: string): Promise<void> {
  await certutil(runner, folder, '-D', '-n', name)
}

/**
 * The certificate (PEM) that is known under `name`, if there is one.
 *
 * @throws TrustError `ERR_PROGRAM_MISSING`, `ERR_PROGRAM_FAILED`
 */
export async function findAuthority(
  runner: Runner,
  folder: string,
  name: string,
): Promise<string | undefined> {
  try {
    return await certutil(runner, folder, '-L', '-n', name, '-a')
  } catch (error) {
    if (error instanceof TrustError && error.message.includes('Could not find cert')) return undefined
    throw error
  }
}

/** The options of certutil that trust an authority for servers, and for nothing else. */
export function addition({ name, certificateFile }: { name: string; certificateFile: string }): string[] {
  return ['-A', '-t', 'C,,', '-n', name, '-i', certificateFile]
}
