import { chmod, glob, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Cached, cached } from '../image-assembly/cache.ts'
import { run } from '../image-assembly/command.ts'
import type { Context } from '../image-assembly/context.ts'
import { packDirectory } from '../image-assembly/pack.ts'
import { collectPrograms, libraries } from './programs.ts'

/**
 * bookworm, since its systemd (252) runs on cgroup v2 and still on v1; trixie's (257) refuses v1 unless the
 * kernel's command line says otherwise.
 */
const release = 'bookworm'

/** What kind's own image installs (images/base/Dockerfile), but for NFS and iSCSI; busybox is for the toolbox. */
const packages = [
  'systemd systemd-sysv dbus mount util-linux kmod procps hostname e2fsprogs',
  'iptables ebtables nftables iproute2 conntrack ethtool socat',
  'ca-certificates curl jq libseccomp2 pigz busybox',
].flatMap((line) => line.split(' '))

/** Documentation, translations and what apt keeps: no node needs them. */
const superfluous = [
  'var/cache/apt',
  'var/lib/apt/lists',
  'var/log',
  'usr/include',
  'run',
  'tmp',
  'dev',
  ...['doc', 'man', 'info', 'locale', 'i18n', 'lintian', 'zoneinfo'].map((name) => `usr/share/${name}`),
]

/** Units that have no place in a container: kind removes the same ones. */
const unwantedUnits = [
  'lib/systemd/system/sysinit.target.wants/systemd-tmpfiles-setup.service',
  'lib/systemd/system/multi-user.target.wants/*',
  'etc/systemd/system/*.wants/*',
  'lib/systemd/system/local-fs.target.wants/*',
  'lib/systemd/system/sockets.target.wants/*udev*',
  'lib/systemd/system/sockets.target.wants/*initctl*',
  'lib/systemd/system/basic.target.wants/*',
]

const iptablesNames = ['iptables', 'ip6tables'].flatMap((name) => [
  name,
  ...['save', 'restore'].map((verb) => `${name}-${verb}`),
  `${name}-nft`,
  ...['save', 'restore'].map((verb) => `${name}-nft-${verb}`),
])

/** Folders and files in a result of `buildDebian`. */
export const debianFiles = {
  /** The node's root file system, an archive. */
  root: 'root.tar',
  /** The root file systems of images that need programs of Debian. */
  kubeProxy: 'kube-proxy',
  toolbox: 'toolbox',
} as const

/** Makes the Debian system of the node with debootstrap, and takes from it what kube-proxy and the toolbox need. */
export async function buildDebian(context: Context): Promise<Cached> {
  const { debianMirror } = context
  const recipe = await Promise.all(
    ['debian.ts', 'programs.ts'].map((name) => readFile(join(import.meta.dirname, name), 'utf8')),
  )
  return cached('debian', { release, packages, debianMirror, recipe }, context, async (directory) => {
    const root = join(directory, 'root')
    await bootstrap(root, context)
    await collectPrograms(root, join(directory, debianFiles.kubeProxy), {
      programs: ['/usr/sbin/xtables-nft-multi', '/usr/sbin/nft'],
      // iptables loads a module per match and target; they need libraries of their own (libxt_statistic: libm).
      directories: [`${libraries}/xtables`],
      links: Object.fromEntries(iptablesNames.map((name) => [`/usr/sbin/${name}`, 'xtables-nft-multi'])),
      context,
    })
    await collectToolbox(root, join(directory, debianFiles.toolbox), context)
    await adapt(root)
    await packDirectory(root, join(directory, debianFiles.root), context)
    await rm(root, { recursive: true, force: true })
  })
}

/** In namespaces of its own: what debootstrap mounts in there is gone with it, however it ends. */
async function bootstrap(root: string, { env, signal, debianMirror, report, cacheDirectory }: Context) {
  const downloads = join(cacheDirectory, 'debian-packages')
  await mkdir(downloads, { recursive: true, mode: 0o755 })
  const args = [
    '--mount',
    '--pid',
    '--fork',
    '--kill-child',
    '--',
    'debootstrap',
    '--variant=minbase',
    `--include=${packages.join(',')}`,
    `--cache-dir=${downloads}`,
    release,
    root,
    ...(debianMirror === undefined ? [] : [debianMirror]),
  ]
  const reported = new Set<string>()
  const onLine = (line: string) => {
    const phase = /^I: (Retrieving|Extracting|Unpacking|Configuring)/.exec(line)?.[1]
    if (phase === undefined || reported.has(phase)) return
    reported.add(phase)
    report(`debian: ${phase.toLowerCase()} packages`)
  }
  await run('unshare', args, { env: { ...env, DEBIAN_FRONTEND: 'noninteractive' }, signal, onLine })
}

async function collectToolbox(root: string, target: string, context: Context): Promise<void> {
  const applets = await run('chroot', [root, '/bin/busybox', '--list'], context)
  const names = applets.split('\n').filter((name) => name !== '' && name !== 'busybox')
  await collectPrograms(root, target, {
    // The name service of glibc is loaded at run time, so ldd does not tell of it.
    programs: ['/bin/busybox', `${libraries}/libresolv.so.2`],
    directories: [],
    links: Object.fromEntries(names.map((name) => [`/usr/bin/${name}`, '/bin/busybox'])),
    context,
  })
}

/** Turns a Debian system into one that starts inside a container. */
async function adapt(root: string): Promise<void> {
  for (const name of superfluous) {
    const path = join(root, name)
    const { mode } = await stat(path).catch(() => ({ mode: 0o755 }))
    await rm(path, { recursive: true, force: true })
    await mkdir(path, { recursive: true })
    await chmod(path, mode & 0o7777)
  }
  // In a privileged container these would be set for the whole machine.
  for await (const path of glob('usr/lib/sysctl.d/*.conf', { cwd: root })) await rm(join(root, path))
  for await (const path of glob(unwantedUnits, { cwd: root })) await rm(join(root, path), { force: true })
  const journald = join(root, 'etc/systemd/journald.conf')
  await writeFile(journald, `${await readFile(journald, 'utf8')}ReadKMsg=no\n`)
  // Of this machine, not of the node.
  await rm(join(root, 'etc/hostname'), { force: true })
  await rm(join(root, 'etc/machine-id'), { force: true })
  await rm(join(root, 'etc/resolv.conf'), { force: true })
  await writeFile(join(root, 'etc/resolv.conf'), '')
}
