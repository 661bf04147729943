import { BinariesError, type BinaryName, inspectBinaries, type Inspection } from '@gatehouse/binaries'
import type { Check } from './context.ts'
import { error, type Judgement, ok, skipped, warning } from './finding.ts'

/** What no start goes without; the others are for things that one has to ask for. */
const needed: ReadonlySet<BinaryName> = new Set([
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubectl',
  'kwok',
] as const)

export const binariesCheck: Check = {
  name: 'binaries',
  run: async ({ env, signal }) => {
    try {
      return (await inspectBinaries({ env, signal })).map(judgeBinary)
    } catch (cause) {
      if (!(cause instanceof BinariesError)) throw cause
      return [error(cause.message, 'Correct what the message names; packages/binaries/README.md explains it')]
    }
  },
}

/** Pure. */
export function judgeBinary(inspection: Inspection): Judgement {
  const label = `${inspection.name} ${inspection.version}`
  if (inspection.state === 'found') return ok(`${label} (${inspection.source}): ${inspection.path}`)
  if (!needed.has(inspection.name))
    return skipped(`${label} is not here; the embedded cluster does not need it`)
  if (inspection.state === 'unusable') {
    return error(
      `${label} can't be had: ${inspection.reason.replaceAll('\n', ' ')}`,
      `Install Go 1.26 or later, or set ${inspection.variable} to the path of ${label}`,
    )
  }
  const ways = [
    ...(inspection.download ? [`downloaded from ${inspection.download}`] : []),
    ...(inspection.build ? [`built with ${inspection.build}, which takes minutes`] : []),
  ]
  return warning(
    `${label} is not here; the first start gets it: ${ways.join(', or else ')}`,
    'Nothing needs to be done. To have it before: node packages/binaries/src/main.ts',
  )
}
