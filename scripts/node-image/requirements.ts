import { access, constants } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import type { Context } from '../image-assembly/context.ts'
import { ImageError } from '../image-assembly/errors.ts'

/** A program or file that some step needs, and the Debian package that has it. */
interface Requirement {
  readonly name: string
  readonly debianPackage: string
  readonly purpose: string
  readonly isThere: (context: Context) => Promise<boolean>
}

const program = (name: string, debianPackage: string, purpose: string): Requirement => ({
  name,
  debianPackage,
  purpose,
  isThere: ({ env }) => isOnPath(name, env['PATH'] ?? ''),
})

const file = (path: string, debianPackage: string, purpose: string): Requirement => ({
  name: path,
  debianPackage,
  purpose,
  isThere: () => isReadable(path),
})

const requirements: readonly Requirement[] = [
  program('docker', 'docker.io', 'loads the image'),
  program('debootstrap', 'debootstrap', "installs the node's Debian packages"),
  program('unshare', 'util-linux', 'keeps the mounts of debootstrap apart'),
  program('tar', 'tar', 'packs layers'),
  program('gcc', 'gcc', 'compiles pause and parts of runc'),
  program('pkg-config', 'pkg-config', 'finds libseccomp for runc'),
  file('/usr/include/seccomp.h', 'libseccomp-dev', 'is linked into runc'),
  program(
    'go',
    'golang (1.26 or later, or from go.dev)',
    'builds Kubernetes, containerd, runc, CoreDNS and others',
  ),
]

/**
 * Checks all that the build needs before it begins.
 *
 * @throws ImageError `ERR_REQUIREMENTS`, with everything that is missing
 */
export async function assertRequirements(context: Context): Promise<void> {
  const problems: string[] = []
  if (process.platform !== 'linux')
    problems.push(`the image is made on Linux only, not on ${process.platform}`)
  else if (process.getuid?.() !== 0) problems.push('root is needed (debootstrap, chroot): run it with sudo')
  const found = await Promise.all(requirements.map((requirement) => requirement.isThere(context)))
  const missing = requirements.filter((_, index) => !found[index])
  for (const { name, purpose } of missing) problems.push(`${name} is missing; it ${purpose}`)
  if (problems.length === 0) return
  const packages = missing.map(({ debianPackage }) => debianPackage).filter((name) => !name.includes(' '))
  const advice =
    packages.length === 0
      ? []
      : [`On Debian and Ubuntu: apt-get install --no-install-recommends ${packages.join(' ')}`]
  throw new ImageError(
    'ERR_REQUIREMENTS',
    ['the node image cannot be made here:', ...problems.map((problem) => `  - ${problem}`), ...advice].join(
      '\n',
    ),
  )
}

async function isOnPath(name: string, path: string): Promise<boolean> {
  for (const directory of path.split(delimiter)) {
    if (directory !== '' && (await isReadable(join(directory, name), constants.X_OK))) return true
  }
  return false
}

async function isReadable(path: string, mode: number = constants.R_OK): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  )
}
