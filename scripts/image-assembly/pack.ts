import { run } from './command.ts'
import type { Context } from './context.ts'

/**
 * Packs what `directory` holds into a tar archive. Equal content makes an equal archive: names are sorted and
 * times are left out. Owners are kept as numbers; `ownedByRoot` makes them all 0.
 */
export async function packDirectory(
  directory: string,
  file: string,
  { env, signal }: Pick<Context, 'env' | 'signal'>,
  { ownedByRoot = false } = {},
): Promise<void> {
  const owner = ownedByRoot ? ['--owner=0', '--group=0'] : []
  const flags = ['--numeric-owner', '--sort=name', '--mtime=@0', '--format=gnu', ...owner]
  await run('tar', ['-C', directory, ...flags, '-cf', file, '.'], { env, signal })
}
