import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TrustError } from './errors.ts'
import type { Machine } from './machine.ts'
import { addAuthority, addition, createDatabase, findAuthority, removeAuthority } from './nss.ts'
import { type Anchor, isSame, type TrustStore } from './store.ts'

const INSTALL =
  'install certutil (Debian: apt install libnss3-tools, Fedora: dnf install nss-tools, macOS: brew install nss)'
/** Chromium's, below the home: an older place, which wins where it exists, and a newer one. */
const CHROMIUM = ['.pki/nssdb', '.local/share/pki/nssdb', 'snap/chromium/current/.pki/nssdb']
/** Where Firefox has its profiles, each with a database of its own. */
const FIREFOX: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  linux: [
    '.mozilla/firefox',
    'snap/firefox/common/.mozilla/firefox',
    '.var/app/org.mozilla.firefox/.mozilla/firefox',
  ],
  darwin: ['Library/Application Support/Firefox/Profiles'],
}

/** The databases of the browsers of `machine`'s user. Chromium's is one of them even before its first start. */
export async function nssStores(machine: Machine): Promise<TrustStore[]> {
  const { home, platform } = machine
  const folders = FIREFOX[platform]?.map((folder) => join(home, folder)) ?? []
  const profiles = (await Promise.all(folders.map(subfolders))).flat()
  const firefox = await existing(profiles)
  const stores = firefox.map((folder) => storeOf(machine, 'Firefox', folder))
  if (platform !== 'linux') return stores
  const places = CHROMIUM.map((place) => join(home, place))
  const chromium = await existing(places)
  const chosen = chromium.length > 0 ? chromium : places.slice(0, 1)
  return [...chosen.map((folder) => storeOf(machine, 'Chromium', folder)), ...stores]
}

function storeOf(machine: Machine, title: string, folder: string): TrustStore {
  const find = (name: string) => withInstallation(() => findAuthority(machine, folder, name))
  return {
    title,
    place: folder,
    async state({ name, certificate }) {
      if (!(await hasDatabase(folder))) return 'absent'
      const known = await find(name)
      if (known === undefined) return 'absent'
      return isSame(known, certificate) ? 'trusted' : 'outdated'
    },
    async add(anchor) {
      await withInstallation(async () => {
        if (!(await hasDatabase(folder))) await createDatabase(machine, folder)
      })
      await replace(machine, folder, anchor, await find(anchor.name))
    },
    async remove({ name }) {
      await withInstallation(() => removeAuthority(machine, folder, name))
    },
    byHand: (change, anchor) => {
      const options = change === 'add' ? addition(anchor) : ['-D', '-n', anchor.name]
      return [
        `certutil -d 'sql:${folder}' ${options.map((option) => (/[/,]/.test(option) ? `'${option}'` : option)).join(' ')}`,
      ]
    },
  }
}

/** A name may stand for several certificates, so the earlier one goes first, and comes back if the new one can't. */
async function replace(
  machine: Machine,
  folder: string,
  anchor: Anchor,
  earlier: string | undefined,
): Promise<void> {
  if (earlier !== undefined) await removeAuthority(machine, folder, anchor.name)
  try {
    await addAuthority(machine, folder, anchor)
  } catch (error) {
    if (earlier !== undefined) await putBack(machine, folder, anchor.name, earlier)
    throw error
  }
}

async function putBack(machine: Machine, folder: string, name: string, certificate: string): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), 'gatehouse-trust-'))
  try {
    const certificateFile = join(work, 'earlier.crt')
    await writeFile(certificateFile, certificate)
    await addAuthority(machine, folder, { name, certificateFile })
  } finally {
    await rm(work, { recursive: true })
  }
}

async function withInstallation<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if ((error as TrustError).code !== 'ERR_PROGRAM_MISSING') throw error
    throw new TrustError('ERR_PROGRAM_MISSING', `certutil is not installed: ${INSTALL}, then try again`, {
      cause: error,
    })
  }
}

async function existing(folders: readonly string[]): Promise<string[]> {
  const found = await Promise.all(folders.map(hasDatabase))
  return folders.filter((_, index) => found[index])
}

async function hasDatabase(folder: string): Promise<boolean> {
  return stat(join(folder, 'cert9.db')).then(
    (file) => file.isFile(),
    () => false,
  )
}

async function subfolders(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  return entries.filter((entry) => entry.isDirectory()).map((entry) => join(folder, entry.name))
}
