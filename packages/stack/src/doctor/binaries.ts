import { BinariesError, type BinaryName, inspectBinaries, type Inspection } from '@gatehouse/binaries'
import { type Check, providerOf } from './context.ts'
import { error, type Judgement, ok, skipped, warning } from './finding.ts'

/** What no start on the provider goes without; the others are for things that one has to ask for. */
const needed: Readonly<Record<string, readonly BinaryName[]>> = {
  embedded: ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubectl', 'kwok'],
  kind: ['kind', 'kubectl'],
  existing: ['kubectl'],
}

export const binariesCheck: Check = {
  name: 'binaries',
  run: async (context) => {
    const { env, signal } = context
    const provider = providerOf(context) ?? 'embedded'
    try {
      return (await inspectBinaries({ env, signal })).map((inspection) => judgeBinary(inspection, provider))
    } catch (cause) {
      if (!(cause instanceof BinariesError)) throw cause
      return [error(cause.message, 'Correct what the message names; packages/binaries/README.md explains it')]
    }
  },
}

/** Pure. */
export function judgeBinary(inspection: Inspection, provider: string): Judgement {
  const label = `${inspection.name} ${inspection.version}`
  if (inspection.state === 'found') return ok(`${label} (${inspection.source}): ${inspection.path}`)
  if (needed[provider]?.includes(inspection.name) !== true) {
    return skipped(`${label} is not here; a cluster of the provider ${provider} does not need it`)
  }
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
