import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { z } from 'zod'
import { StackError } from './errors.ts'
import { applyManifests, type KubectlOptions, type Manifest, untilEstablished } from './manifests.ts'

const manifestSchema = z.looseObject({
  apiVersion: z.string().min(1),
  kind: z.string().min(1),
  metadata: z.looseObject({ name: z.string().min(1), namespace: z.string().min(1).optional() }),
})

/**
 * Reads Kubernetes objects from files, and from every .yaml, .yml and .json file of folders (not of folders in
 * them), in the order of their names.
 *
 * @throws StackError `ERR_MANIFEST` with all problems, each with its file and document
 */
export async function readManifests(paths: readonly string[]): Promise<Manifest[]> {
  const problems: string[] = []
  const manifests: Manifest[] = []
  for (const file of (await Promise.all(paths.map((path) => filesAt(path, problems)))).flat()) {
    for (const [index, document] of parseAllDocuments(await readFile(file, 'utf8')).entries()) {
      if (!('errors' in document)) continue
      const where = `${file}, document ${index + 1}`
      if (document.errors[0]) {
        problems.push(`${where}: ${document.errors[0].message}`)
        continue
      }
      const value: unknown = document.toJS()
      if (value === null) continue
      const parsed = manifestSchema.safeParse(value)
      if (parsed.success) manifests.push(parsed.data as Manifest)
      else
        problems.push(
          ...parsed.error.issues.map(({ path, message }) => `${where}: /${path.join('/')}: ${message}`),
        )
    }
  }
  if (problems.length > 0) throw new StackError('ERR_MANIFEST', problems.join('\n'))
  return manifests
}

async function filesAt(path: string, problems: string[]): Promise<string[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [path]
    const names = await readdir(path)
    return names
      .filter((name) => /\.(ya?ml|json)$/.test(name))
      .toSorted()
      .map((name) => join(path, name))
  } catch (error) {
    problems.push(`${path} can not be read: ${(error as Error).message}`)
    return []
  }
}

/** What others need comes first: definitions and namespaces before what is of that kind or in them. Pure. */
export function inOrder(manifests: readonly Manifest[]): { first: Manifest[]; rest: Manifest[] } {
  const isFirst = ({ kind }: Manifest) => kind === 'CustomResourceDefinition' || kind === 'Namespace'
  return { first: manifests.filter(isFirst), rest: manifests.filter((manifest) => !isFirst(manifest)) }
}

/** Applies the user's objects. What left the files since the last time is not deleted. */
export async function applyUserManifests(paths: readonly string[], kubectl: KubectlOptions): Promise<number> {
  const manifests = await readManifests(paths)
  const { first, rest } = inOrder(manifests)
  if (first.length > 0) {
    await applyManifests(first, kubectl)
    await untilEstablished(first, kubectl)
  }
  if (rest.length > 0) await applyManifests(rest, kubectl)
  return manifests.length
}
