import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { resolve } from 'node:path'
import { kubeconfigFiles, mergeIntoFile, parseKubeconfig } from '@gatehouse/kubeconfig'
import type { Context } from './context.ts'
import { describeMerge } from './terminal/merge.ts'

/** Merges what the generator sent into the file in which kubectl keeps new entries; what that did, as lines for people. */
export async function mergeKubeconfig(text: string, use: boolean, context: Context): Promise<string[]> {
  const files = kubeconfigFiles(context.env, homedir()).map((path) => resolve(context.cwd, path))
  const document = parseKubeconfig(text, 'what the kubeconfig generator sent')
  const result = await mergeIntoFile(mergeTarget(files), document, { use })
  return describeMerge(result, document['current-context'])
}

/** Where kubectl would write new entries: the first of its files that is there, else the first. */
export function mergeTarget(files: readonly string[]): string {
  const target = files.find((file) => existsSync(file)) ?? files[0]
  if (target === undefined) throw new Error('KUBECONFIG names no file; set it to one, or unset it')
  return target
}
