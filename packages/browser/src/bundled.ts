import { access, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cacheRoot, prepareCache } from '@gatehouse/binaries'
import { execa } from 'execa'
import type { Environment, FoundChromium } from './find.ts'

/** Unpacks to the folder for temporary files and writes the path of the executable. */
const UNPACK = `
import chromium from '@sparticuz/chromium'
process.stdout.write(await chromium.executablePath())
`
/** Told that it runs as a function in this cloud, the package unpacks NSS and its like, too. */
const CLOUD = { AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x' }

/**
 * The Chromium of @sparticuz/chromium with the libraries that it needs, so that it starts on a machine without
 * any; unpacked once into the cache of Gatehouse (200 MB). Undefined where the package has none for the machine.
 *
 * The package itself would unpack to /tmp/chromium, or run what somebody else has put there, and half of it
 * when two processes begin at once.
 *
 * @throws BinariesError `ERR_CACHE` when others could have put something into the cache
 */
export async function unpackChromium(env: Environment): Promise<Omit<FoundChromium, 'by'> | undefined> {
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined
  const folder = join(cacheRoot(env), 'chromium', await packageVersion())
  await prepareCache(dirname(folder))
  if (!(await exists(folder))) await unpackTo(folder)
  return {
    path: join(folder, 'chromium'),
    env: { LD_LIBRARY_PATH: join(folder, 'al2023/lib'), FONTCONFIG_FILE: join(folder, 'fonts.conf') },
  }
}

/** All of it appears at once: other processes find it whole or not at all. */
async function unpackTo(folder: string): Promise<void> {
  const work = await mkdtemp(`${folder}.unpacking-`)
  try {
    await execa(process.execPath, ['--input-type=module', '--eval', UNPACK], {
      // Its name for temporary files can only be changed for a whole process.
      env: { TMPDIR: work, ...CLOUD },
      cwd: import.meta.dirname,
      extendEnv: false,
      stdin: 'ignore',
    })
    await writeFile(join(work, 'fonts.conf'), fontsConfiguration(join(folder, 'fonts')))
    await rename(work, folder)
  } catch (error) {
    // Another process was faster.
    if (!['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** The fonts of the system, and those of the package where there are none. */
function fontsConfiguration(fonts: string): string {
  return fontconfig(`  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir>${fonts}</dir>`)
}

/** The package's fonts alone, drawn without what a machine's settings would change. */
export function pinnedFontsConfiguration(executable: string): string {
  return fontconfig(`  <dir>${join(dirname(executable), 'fonts')}</dir>
  <match target="font">
    <edit name="hintstyle" mode="assign"><const>hintnone</const></edit>
    <edit name="rgba" mode="assign"><const>none</const></edit>
    <edit name="antialias" mode="assign"><bool>true</bool></edit>
  </match>`)
}

function fontconfig(content: string): string {
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
${content}
  <cachedir prefix="xdg">fontconfig</cachedir>
</fontconfig>
`
}

async function packageVersion(): Promise<string> {
  const entry = fileURLToPath(import.meta.resolve('@sparticuz/chromium'))
  const manifest = await readFile(join(entry, '../../package.json'), 'utf8')
  return (JSON.parse(manifest) as { version: string }).version
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
