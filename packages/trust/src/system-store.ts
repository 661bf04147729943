import { access, constants, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { TrustError } from './errors.ts'
import { type Machine, run } from './machine.ts'
import { type Anchor, isSame, type TrustStore } from './store.ts'

/** How a family of Linux systems keeps anchors, below its root. */
interface Layout {
  readonly anchors: string
  readonly update: readonly [program: string, ...options: string[]]
  /** What programs read; made by `update`. */
  readonly bundle: string
}

const DEBIAN = {
  anchors: 'usr/local/share/ca-certificates',
  update: ['update-ca-certificates', '--fresh'],
  bundle: 'etc/ssl/certs/ca-certificates.crt',
} as const satisfies Layout

/** The first whose folder is there counts. */
const LAYOUTS: readonly Layout[] = [
  // Fedora, RHEL and their like
  {
    anchors: 'etc/pki/ca-trust/source/anchors',
    update: ['update-ca-trust', 'extract'],
    bundle: 'etc/pki/tls/certs/ca-bundle.crt',
  },
  // Debian, Ubuntu, Alpine
  DEBIAN,
  // Arch
  {
    anchors: 'etc/ca-certificates/trust-source/anchors',
    update: ['update-ca-trust'],
    bundle: 'etc/ssl/certs/ca-certificates.crt',
  },
  // openSUSE
  {
    anchors: 'usr/share/pki/trust/anchors',
    update: ['update-ca-certificates'],
    bundle: 'var/lib/ca-certificates/ca-bundle.pem',
  },
]

/** The store of a Linux system, which curl, Go, Python and others read; undefined where none is known. */
export async function linuxSystemStore(machine: Machine): Promise<TrustStore | undefined> {
  for (const layout of LAYOUTS) {
    const exists = await access(join(machine.root, layout.anchors)).then(
      () => true,
      () => false,
    )
    if (exists) return storeOf(machine, layout)
  }
  return undefined
}

function storeOf(machine: Machine, layout: Layout): TrustStore {
  const folder = join(machine.root, layout.anchors)
  const fileOf = ({ name }: Anchor) => join(folder, `${name}.crt`)
  const [program, ...options] = updateCommand(machine, layout)

  /** Puts `next` in the anchor's place, undefined for none; puts back what was there if the system won't take it. */
  const replace = async (anchor: Anchor, next: string | undefined): Promise<void> => {
    await assertWritable(folder)
    const file = fileOf(anchor)
    const earlier = await readIfPresent(file)
    await put(file, next)
    try {
      await run(machine, program, options)
    } catch (error) {
      await put(file, earlier)
      throw error
    }
  }

  return {
    title: 'system',
    place: folder,
    async state(anchor) {
      const file = await readIfPresent(fileOf(anchor))
      if (file === undefined) return 'absent'
      const bundle = (await readIfPresent(join(machine.root, layout.bundle))) ?? ''
      return isSame(file, anchor.certificate) && bare(bundle).includes(bare(file)) ? 'trusted' : 'outdated'
    },
    add: (anchor) => replace(anchor, anchor.certificate),
    remove: (anchor) => replace(anchor, undefined),
    byHand: (change, anchor) => [
      change === 'add'
        ? `sudo install -m 644 '${anchor.certificateFile}' '${fileOf(anchor)}'`
        : `sudo rm '${fileOf(anchor)}'`,
      ['sudo', program, ...options].join(' '),
    ],
  }
}

/** Debian's program can be told another root, folder by folder. */
function updateCommand({ root }: Machine, layout: Layout): Layout['update'] {
  if (layout !== DEBIAN || root === '/') return layout.update
  return [
    ...DEBIAN.update,
    '--localcertsdir',
    join(root, DEBIAN.anchors),
    '--etccertsdir',
    join(root, 'etc/ssl/certs'),
    '--hooksdir',
    join(root, 'etc/ca-certificates/update.d'),
  ]
}

async function assertWritable(folder: string): Promise<void> {
  await access(folder, constants.W_OK).catch((cause: unknown) => {
    throw new TrustError('ERR_RIGHTS', `only root may change ${folder}`, { cause })
  })
}

/** In one step, readable by all, as every program must read it. */
async function put(file: string, content: string | undefined): Promise<void> {
  if (content === undefined) return rm(file, { force: true })
  const temporary = `${file}.${process.pid}.tmp`
  await writeFile(temporary, content, { mode: 0o644 })
  return rename(temporary, file)
}

async function readIfPresent(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new TrustError('ERR_RIGHTS', `${file} can't be read: ${(error as Error).message}`, { cause: error })
  }
}

/** PEM without its line breaks, which systems set anew. */
function bare(pem: string): string {
  return pem.replaceAll(/\s/g, '')
}
