import { BinariesError, platformOf } from '@gatehouse/binaries'
import type { Check } from './context.ts'
import { error, type Judgement, ok } from './finding.ts'

/** `engines` of the repository. */
const OLDEST_NODE = 24

export const runtimeCheck: Check = {
  name: 'runtime',
  run: async () => [judgeNode(process.versions.node), judgePlatform(process.platform, process.arch)],
}

/** Pure. */
export function judgeNode(version: string): Judgement {
  const major = Number.parseInt(version, 10)
  if (major >= OLDEST_NODE) return ok(`Node ${version}`)
  return error(
    `Node ${version} is too old; ${OLDEST_NODE} or later is needed`,
    'Start it with "npx -y pnpm@12 gatehouse", which brings its own Node, or install a later one',
  )
}

/** Pure. */
export function judgePlatform(platform: string, arch: string): Judgement {
  try {
    platformOf(platform, arch)
    return ok(`${platform} ${arch}`)
  } catch (cause) {
    if (!(cause instanceof BinariesError)) throw cause
    return error(`${platform} ${arch} is not supported`, cause.message)
  }
}
