import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A part of a program and its share of the main thread's busy time, 0 to 1. */
export interface Share {
  readonly part: string
  readonly share: number
}

interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly url: string }
  }[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

/** Lets `run` start one Node process with the options that it is given, and says where its time went. */
export async function profileShares(
  run: (nodeOptions: readonly string[]) => Promise<void>,
): Promise<readonly Share[]> {
  const directory = await mkdtemp(join(tmpdir(), 'cpu-profile-'))
  try {
    await run(['--cpu-prof', `--cpu-prof-dir=${directory}`])
    const file = (await readdir(directory)).find((name) => name.endsWith('.cpuprofile'))
    if (file === undefined) throw new Error('the process wrote no profile')
    return sharesOf(JSON.parse(await readFile(join(directory, file), 'utf8')) as CpuProfile)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

/** The time of each part by its own functions, without what they call, the largest first. Pure. */
export function sharesOf({ nodes, samples, timeDeltas }: CpuProfile): readonly Share[] {
  const partOfNode = new Map(nodes.map(({ id, callFrame }) => [id, partOf(callFrame)]))
  const times = new Map<string, number>()
  for (const [index, id] of samples.entries()) {
    const part = partOfNode.get(id)
    if (part !== undefined) times.set(part, (times.get(part) ?? 0) + (timeDeltas[index] ?? 0))
  }
  const total = [...times.values()].reduce((sum, time) => sum + time, 0)
  return Array.from(times, ([part, time]) => ({ part, share: time / total })).toSorted(
    (a, b) => b.share - a.share,
  )
}

/** A package, one of our folders, or what Node itself does; undefined for a thread that waits. */
function partOf({ functionName, url }: { functionName: string; url: string }): string | undefined {
  if (functionName === '(idle)') return undefined
  if (url === '') return functionName.startsWith('(') ? functionName : 'native code'
  const external = /.*node_modules\/(?:\.pnpm\/[^/]+\/node_modules\/)?((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1]
  if (external !== undefined) return external
  if (url.startsWith('node:')) return /^node:(?:internal\/)?([^/]+)/.exec(url)![0]
  return /\/((?:apps|packages)\/[^/]+\/src(?:\/[^/]+(?=\/))?)/.exec(url)?.[1] ?? 'other'
}
