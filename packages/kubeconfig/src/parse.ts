import { readFile } from 'node:fs/promises'
import { dirname, isAbsolute, join } from 'node:path'
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
  const document = parseDocument(text, { prettyErrors: true })
  if (document.errors.length > 0) {
    // Only the first line: the ones below quote the text, which may be a token.
    throw invalid(document.errors.map(({ message }) => message.split('\n')[0]!.replace(/:$/, '')))
  }
  let value: unknown
  try {
    value = document.toJS()
  } catch (cause) {
    throw invalid([(cause as Error).message], cause)
  }
  const parsed = kubeconfigSchema.safeParse(value)
  if (!parsed.success) throw invalid(parsed.error.issues.map(describe))
  return parsed.data
}

function describe({ path, message }: z.core.$ZodIssue): string {
  return `${path.map((key) => `/${String(key)}`).join('') || '/'}: ${message}`
}

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
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    const why = code === 'ENOENT' ? 'there is no such file' : message
    throw new KubeconfigError('ERR_UNREADABLE', `the kubeconfig ${file} can't be read: ${why}`, { cause })
  }
  const document = parseKubeconfig(text, file)
  const directory = dirname(file)
  for (const { cluster } of document.clusters) resolvePaths(cluster, CLUSTER_PATHS, directory)
  for (const { user } of document.users) resolvePaths(user, USER_PATHS, directory)
  return document
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
