import { buildKubeconfig, type KubeconfigRequest, stringifyKubeconfig } from '@gatehouse/kubeconfig'
import type { Refusal } from './refusal.ts'

/** A file for the caller. */
export interface HandedOut {
  readonly fileName: string
  /** Absent in answers to HEAD where making it would issue a credential. */
  readonly text?: string
  /** What the caller should know of it. */
  readonly warning?: string
  /** To be done when the caller did not get it. */
  readonly takeBack?: () => Promise<void>
}

export type Outcome = { readonly file: HandedOut } | { readonly refusal: Refusal }

/** The text of a kubeconfig; a note stands in a comment on top. Pure. */
export function textOf(request: KubeconfigRequest, note?: string): string {
  const text = stringifyKubeconfig(buildKubeconfig(request))
  return note === undefined ? text : `# ${note}\n${text}`
}
