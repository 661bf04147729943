import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { BinariesError } from './errors.ts'

const version = z.string().regex(/^v\d+\.\d+\.\d+$/, 'must look like v1.2.3')
const checksums = z.record(z.string(), z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hex digits'))

const checksumsFile = z.looseObject({ sha256: checksums })
const versionsFileSchema = z.strictObject({
  kubernetes: version,
  etcd: version,
  kwok: version,
  kind: version,
  helm: version,
  compose: version,
  sha256: checksums,
})

/** SHA-256 sums by artifact, such as `kubernetes/v1.37.2/bin/linux/amd64/kubectl`, in lower-case hex. */
export type Checksums = Readonly<Record<string, string>>

/** The one place where versions are written. */
const versionsFile = fileURLToPath(new URL('../versions.json', import.meta.url))

const { sha256, ...products } = versionsFileSchema.parse(JSON.parse(readFileSync(versionsFile, 'utf8')))

/** The pinned version of each product, with its leading `v`. */
export const versions = Object.freeze(products)

/** A product whose version is pinned. */
export type Product = keyof typeof versions

/**
 * The sums that this repository pins, and those of `file` (a JSON document with a `sha256` object) if one is
 * given. A sum of the repository is never replaced: a file that disagrees with it is refused.
 *
 * @throws BinariesError `ERR_INVALID_OPTION`
 */
export async function pinnedChecksums(file: string | undefined): Promise<Checksums> {
  if (file === undefined) return sha256
  let further: Checksums
  try {
    further = checksumsFile.parse(JSON.parse(await readFile(file, 'utf8'))).sha256
  } catch (cause) {
    const reason = cause instanceof z.ZodError ? z.prettifyError(cause) : (cause as Error).message
    throw new BinariesError(
      'ERR_INVALID_OPTION',
      `GATEHOUSE_CHECKSUMS: ${file} is not a file of checksums ({"sha256": {"<artifact>": "<hex>"}}): ${reason}`,
      { cause },
    )
  }
  return mergeChecksums(sha256, further, file)
}

/**
 * Adds the sums of `file` to the pinned ones, which stay.
 *
 * @throws BinariesError `ERR_INVALID_OPTION` when the two contradict each other
 */
export function mergeChecksums(pinned: Checksums, further: Checksums, file: string): Checksums {
  const disputed = Object.keys(further).filter(
    (artifact) => (pinned[artifact] ?? further[artifact]) !== further[artifact],
  )
  if (disputed.length > 0) {
    throw new BinariesError(
      'ERR_INVALID_OPTION',
      `GATEHOUSE_CHECKSUMS: ${file} contradicts the checksums pinned in ${versionsFile} for ${disputed.join(', ')}: ` +
        'remove those lines, or find out who is wrong',
    )
  }
  return { ...further, ...pinned }
}
