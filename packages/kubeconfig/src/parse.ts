import { open } from 'node:fs/promises'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { parseDocument } from 'yaml'
import type { z } from 'zod'
import { type KubeconfigDocument, kubeconfigSchema } from './document.ts'
import { KubeconfigError } from './errors.ts'

/**
 * The document in `text` (YAML or JSON). Unknown fields are kept. `source` names it in errors; these name
 * every problem with its path, but no values, since some are secrets.
 *
 * @throws KubeconfigError `ERR_INVALID_KUBECONFIG`
 */
export function parseKubeconfig(text: string, source = 'the kubeconfig'): KubeconfigDocument {
  const invalid = (problems: readonly string[], cause?: unknown) =>
    new KubeconfigError('ERR_INVALID_KUBECONFIG', `${source} is not valid: ${problems.join('; ')}`, { cause })
  let value: unknown
  try {
    // Merge keys (<<), since kubectl's reader knows them.
    const document = parseDocument(text, { prettyErrors: true, merge: true })
    // Only the first line: the ones below quote the text, which may be a token.
    const problems = document.errors.map(({ message }) => message.split('\n')[0]!.replace(/:$/, ''))
    if (problems.length > 0) throw invalid(problems)
    value = document.toJS()
  } catch (cause) {
    if (cause instanceof KubeconfigError) throw cause
    // More aliases than a person writes, or nested more deeply than can be read.
    throw invalid([(cause as Error).message], cause)
  }
  const parsed = kubeconfigSchema.safeParse(value)
  if (!parsed.success) throw invalid(parsed.error.issues.map(describe))
  return parsed.data
}

function describe({ path, message }: z.core.$ZodIssue): string {
  return `${path.map((key) => `/${String(key)}`).join('') || '/'}: ${message}`
}

/** Hundreds of clusters are less than a megabyte. */
const MAX_BYTES = 16 * 1024 * 1024

/** The fields that hold paths, relative to the directory of the file. */
const CLUSTER_PATHS = ['certificate-authority'] as const
const USER_PATHS = ['client-certificate', 'client-key', 'tokenFile'] as const

/**
 * Reads a kubeconfig file. Relative paths in it are made absolute, as client-go does, so that the document
 * means the same wherever it is used.
 *
 * @throws KubeconfigError `ERR_UNREADABLE`, `ERR_INVALID_KUBECONFIG`
 */
export async function readKubeconfig(file: string): Promise<KubeconfigDocument> {
  const document = parseKubeconfig(await readText(file), file)
  const directory = dirname(resolve(file))
  for (const { cluster } of document.clusters) resolvePaths(cluster, CLUSTER_PATHS, directory)
  for (const { user } of document.users) {
    resolvePaths(user, USER_PATHS, directory)
    // A name without a slash is looked for on PATH.
    if (user.exec?.command.includes('/')) resolvePaths(user.exec, ['command'], directory)
  }
  return document
}

/** The text of a file that is not larger than any kubeconfig. @throws KubeconfigError `ERR_UNREADABLE` */
export async function readText(file: string): Promise<string> {
  try {
    await using handle = await open(file)
    const { size } = await handle.stat()
    if (size > MAX_BYTES) throw new Error(`it has ${size} bytes, more than a kubeconfig can have`)
    return await handle.readFile('utf8')
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    const why = code === 'ENOENT' ? 'there is no such file' : message
    throw new KubeconfigError('ERR_UNREADABLE', `the kubeconfig ${file} can't be read: ${why}`, { cause })
  }
}

function resolvePaths<Field extends string>(
  entry: Partial<Record<Field, string | undefined>>,
  fields: readonly Field[],
  directory: string,
): void {
  for (const field of fields) {
    const path = entry[field]
    if (path && !isAbsolute(path)) entry[field] = join(directory, path)
  }
}
