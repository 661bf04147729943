import type { MergeResult } from '@gatehouse/kubeconfig'
import { printable } from '@gatehouse/server/printable'

/** What a merge did, as lines for people; `context` is the one of the new file. Pure. */
export function describeMerge({ file, backup, changes }: MergeResult, context: string): string[] {
  if (changes.length === 0) return [`${file} has it all already.`]
  const lines = changes.map(({ what, name: given, change, fields }) => {
    const name = printable(given)
    const changed = fields.length > 0 ? ` (${fields.join(', ')})` : ''
    return what === 'current-context'
      ? `  current context is now ${name}`
      : `  ${change} ${what} ${name}${changed}`
  })
  const isCurrent = changes.some(({ what, name }) => what === 'current-context' && name === context)
  return [
    `Merged into ${file}:`,
    ...lines,
    ...(backup === undefined ? [] : [`What it was before: ${backup}`]),
    ...(isCurrent ? [] : [`Next: kubectl config use-context ${shellQuoted(context)}`]),
  ]
}

/** Ready to paste. */
function shellQuoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`
}
