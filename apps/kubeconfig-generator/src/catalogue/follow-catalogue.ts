import { isDeepStrictEqual } from 'node:util'
import { type Followed, follow, loadConfiguration, type Logger } from '@gatehouse/server'
import { readCertificateAuthority } from '../certificate-authority.ts'
import { type Catalogue, catalogueOf, pemFilesOf } from './catalogue.ts'
import { type CatalogueSettings, catalogueSchema } from './schema.ts'

interface Loaded {
  readonly settings: CatalogueSettings
  readonly pems: ReadonlyMap<string, string>
  readonly catalogue: Catalogue
}

export interface FollowedCatalogue extends Disposable {
  /** One picture of clusters and roles: never half of a change. */
  readonly current: () => Catalogue
}

/**
 * Reads the catalogue with the PEM files that it names, and follows changes of all of them. Without a file there
 * are no clusters.
 *
 * @throws ConfigurationError
 */
export async function followCatalogue(file: string | undefined, logger: Logger): Promise<FollowedCatalogue> {
  if (file === undefined) {
    const none = catalogueOf({ clusters: [], projects: [] }, new Map())
    return { current: () => none, [Symbol.dispose]: () => undefined }
  }
  const followed: Followed<Loaded> = await follow({
    what: 'catalogue',
    read: () => load(file),
    filesOf: ({ pems }) => [file, ...pems.keys()],
    isSame: (one, other) => isDeepStrictEqual([one.settings, one.pems], [other.settings, other.pems]),
    logger,
  })
  return {
    current: () => followed.current().catalogue,
    [Symbol.dispose]: () => followed[Symbol.dispose](),
  }
}

async function load(file: string): Promise<Loaded> {
  const settings = await loadConfiguration(file, catalogueSchema)
  const pems = new Map(
    await Promise.all(
      pemFilesOf(settings).map(async (pem) => [pem, await readCertificateAuthority(pem)] as const),
    ),
  )
  return { settings, pems, catalogue: catalogueOf(settings, pems) }
}
