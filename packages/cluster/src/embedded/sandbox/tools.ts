import { access, constants } from 'node:fs/promises'
import { delimiter, join } from 'node:path'

/** The programs that isolation needs; all of them but the last are in util-linux. Absolute paths. */
export interface SandboxTools {
  readonly unshare: string
  readonly setpriv: string
  readonly sh: string
  /** Shell text that brings a new network namespace's loopback up: without it nothing there can be dialled. */
  readonly loopbackUp: string
}

/** IFF_UP for `lo` by ioctl: SIOCGIFFLAGS is 0x8913, SIOCSIFFLAGS 0x8914 (Linux, netdevice(7)). */
const perlLoopbackUp = [
  'use Socket; socket(my $s, PF_INET, SOCK_DGRAM, 0) or die $!;',
  'my $r = pack("a16s@40", "lo", 0); ioctl($s, 0x8913, $r) or die $!;',
  'my $f = unpack("x16s", $r); ioctl($s, 0x8914, pack("a16s@40", "lo", $f | 1)) or die $!;',
].join(' ')

/** Any of these; a small Debian image has perl and no `ip`. */
const loopbackCommands = [
  ['ip', 'link set lo up'],
  ['ifconfig', 'lo up'],
  ['perl', `-e '${perlLoopbackUp}'`],
] as const

/** Looks the programs up in `path` (as in $PATH) and the system's own directories; names all that are missing. */
export async function findSandboxTools(path: string): Promise<SandboxTools | { missing: string }> {
  const directories = [...path.split(delimiter), '/usr/sbin', '/usr/bin', '/sbin', '/bin'].filter(
    // The paths go into shell text, between single quotes.
    (directory) => directory.startsWith('/') && !directory.includes("'"),
  )
  const [unshare, setpriv, sh] = await Promise.all(
    ['unshare', 'setpriv', 'sh'].map((name) => findIn(directories, name)),
  )
  const loopbacks = await Promise.all(
    loopbackCommands.map(async ([name, args]) => {
      const found = await findIn(directories, name)
      return found && `'${found}' ${args}`
    }),
  )
  const loopbackUp = loopbacks.find((command) => command !== undefined)
  if (unshare && setpriv && sh && loopbackUp) return { unshare, setpriv, sh, loopbackUp }
  const missing = [
    ...(unshare ? [] : ['unshare (util-linux)']),
    ...(setpriv ? [] : ['setpriv (util-linux)']),
    ...(sh ? [] : ['sh']),
    ...(loopbackUp ? [] : ['ip (iproute2)']),
  ]
  return { missing: missing.join(', ') }
}

async function findIn(directories: readonly string[], name: string): Promise<string | undefined> {
  for (const directory of directories) {
    const path = join(directory, name)
    const found = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (found) return path
  }
  return undefined
}
