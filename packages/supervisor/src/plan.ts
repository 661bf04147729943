import { SupervisorError } from './errors.ts'

interface Node {
  readonly name: string
  readonly dependsOn?: readonly string[]
}

/**
 * Checks that `specs` can be started beside what already runs: names are unique, every dependency is
 * known, and nothing waits for itself. Pure; throws `ERR_INVALID_PLAN` with all problems in one message.
 */
export function checkPlan(specs: readonly Node[], running: ReadonlySet<string>): void {
  const problems: string[] = []
  const byName = new Map<string, Node>()
  for (const spec of specs) {
    if (byName.has(spec.name) || running.has(spec.name))
      problems.push(`two processes are named "${spec.name}"`)
    byName.set(spec.name, spec)
  }
  for (const spec of specs) {
    for (const dependency of spec.dependsOn ?? []) {
      if (!byName.has(dependency) && !running.has(dependency)) {
        problems.push(`"${spec.name}" depends on "${dependency}", which is not in the plan`)
      }
    }
    const cycle = findCycle(spec.name, byName)
    if (cycle) problems.push(`processes wait for each other: ${cycle.join(' → ')}`)
  }
  if (problems.length > 0) {
    throw new SupervisorError('ERR_INVALID_PLAN', specs[0]?.name ?? '', [...new Set(problems)].join('; '))
  }
}

function findCycle(start: string, byName: ReadonlyMap<string, Node>): string[] | undefined {
  const visited = new Set<string>()
  const walk = (name: string, path: string[]): string[] | undefined => {
    for (const dependency of byName.get(name)?.dependsOn ?? []) {
      if (dependency === start) return [...path, dependency]
      if (visited.has(dependency)) continue
      visited.add(dependency)
      const found = walk(dependency, [...path, dependency])
      if (found) return found
    }
    return undefined
  }
  return walk(start, [start])
}

/**
 * The pause before restart number `restarts` (from 1), in milliseconds: immediate at first, then doubling
 * up to 10 s, so that a process that can't start doesn't take the machine.
 */
export function backOffMs(restarts: number): number {
  return restarts <= 1 ? 0 : Math.min(10_000, 250 * 2 ** (restarts - 2))
}

/**
 * The pause before a process is asked again whether it is healthy, in milliseconds: the longer it has been starting,
 * the longer, up to half a second, so that the questions do not slow down what is slow already. What is healthy is
 * noticed at most a twentieth of its start late, but for the first second.
 */
export function probePauseMs(startingForMs: number): number {
  return Math.min(500, Math.max(40, startingForMs / 20))
}
