import { execa } from 'execa'
import { TrustError } from './errors.ts'

/** The machine whose stores are meant. */
export interface Machine {
  readonly platform: NodeJS.Platform
  /** The folder that its system's files are in: `/`, but for tests and images. */
  readonly root: string
  readonly home: string
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Programs that change a system's stores are where only root looks. */
const SYSTEM_FOLDERS = ':/usr/local/sbin:/usr/sbin:/sbin'

/**
 * Runs a program and returns what it wrote.
 *
 * @throws TrustError `ERR_PROGRAM_MISSING`, `ERR_PROGRAM_FAILED`
 */
export async function run(
  { env }: Pick<Machine, 'env'>,
  program: string,
  options: readonly string[],
): Promise<string> {
  const result = await execa(program, options, {
    env: { ...env, PATH: `${env['PATH'] ?? ''}${SYSTEM_FOLDERS}` },
    extendEnv: false,
    // None may ask, for a password for instance: there is nobody to answer.
    stdin: 'ignore',
    timeout: 60_000,
    reject: false,
  })
  if (!result.failed) return result.stdout
  if (result.code === 'ENOENT') {
    throw new TrustError('ERR_PROGRAM_MISSING', `${program} is not installed`, { cause: result })
  }
  const said = result.stderr.trim() || result.shortMessage
  throw new TrustError('ERR_PROGRAM_FAILED', `${result.command} failed: ${said}`, { cause: result })
}
