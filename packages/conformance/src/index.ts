import { fileURLToPath } from 'node:url'

export {
  type BaselineDiff,
  type Cell,
  type Disagreement,
  type Evidence,
  exitCodeOf,
  type Explanation,
  type Mutation,
  type Question,
  type Result,
  RESULTS,
  type RunResult,
  runResultSchema,
  type Uncovered,
  type Verdict,
  VERDICTS,
} from './result.ts'
export { ConformanceError, type ConformanceErrorCode } from './errors.ts'
export { mergeShards } from './merge.ts'
export { readResult } from './read-result.ts'
export { type MutationOptions, runMutations } from './mutation/run-mutations.ts'
export { consolePath, type ConsolePathOptions } from './paths/console/console.ts'
export { httpPath } from './paths/http.ts'
export { kubectlPath, type KubectlPathOptions } from './paths/kubectl/kubectl.ts'
export type { Endpoint } from './paths/endpoint.ts'
export type { Credential, LoggedIn, Path, PathAnswer } from './paths/path.ts'
export type { Shard } from './plan/cells.ts'
export type { LogIn, PersonaToLogIn } from './run/personas.ts'
export type { RunProgress } from './run/progress.ts'
export { type DiscoveryOptions, runDiscovery } from './run/run-discovery.ts'
export { runSpec } from './run/run-spec.ts'
export type { RunOptions } from './run/run.ts'
export type { Target } from './run/session.ts'
export { type LoadedSpec, loadSpec } from './spec/load.ts'

/** Kyma's own matrix of people and rights, for the people and roles of @gatehouse/personas. */
export const defaultSpecFile = fileURLToPath(new URL('../specs/kyma.yaml', import.meta.url))
