import { z } from 'zod'

/**
 * How a request was answered. `refused`: the authorizer let it pass and something behind it did not (quota,
 * Pod Security, escalation, admission), which is neither yes nor no. `inconclusive` is never a pass.
 */
export const RESULTS = ['allowed', 'denied', 'unauthenticated', 'refused', 'inconclusive'] as const
export type Result = (typeof RESULTS)[number]

/** `disagreement`: two paths answered the same question differently. `uncovered`: nothing is expected of it. */
export const VERDICTS = ['pass', 'fail', 'disagreement', 'inconclusive', 'uncovered'] as const
export type Verdict = (typeof VERDICTS)[number]

const resultSchema = z.enum(RESULTS)
const count = z.int().min(0)
const milliseconds = z.number().min(0)

/** What somebody may want to do; parts that do not apply are empty, as in Kubernetes' RequestInfo. */
const questionSchema = z.object({
  persona: z.string().min(1).describe('Who asks: the key of a persona.'),
  verb: z.string().min(1),
  group: z.string().describe('The API group; empty for the core group.'),
  resource: z.string(),
  subresource: z.string(),
  namespace: z.string().describe('Empty: the cluster, or all namespaces.'),
  name: z.string().describe('Only where the question is about one name.'),
  nonResourcePath: z.string().describe('For requests that are about no resource, such as /version.'),
  place: z.string().min(1).describe('The place of the spec that `namespace` stands for.'),
  transport: z
    .enum(['http', 'websocket', 'spdy'])
    .describe('How it was asked; exec, attach and port-forward have two ways.'),
})
export type Question = z.output<typeof questionSchema>

const evidenceSchema = z.object({
  request: z.string().describe('Method and target, or the command line.'),
  status: z.int().nullable().describe('The HTTP status code; null when there was no answer.'),
  reason: z.string().describe('The `reason` of the Status, such as Forbidden; empty if there was none.'),
  message: z.string().describe('What was answered, or why nothing was.'),
  auditId: z.string(),
  audited: z
    .boolean()
    .nullable()
    .describe(
      "Whether the API server's audit log has that ID; null where the log can't be read, and where nothing was requested.",
    ),
  durationMs: milliseconds,
  attempts: z.int().min(1),
})
export type Evidence = z.output<typeof evidenceSchema>

const explanationSchema = z.object({
  allowed: z.boolean().describe('What the RBAC evaluator says.'),
  text: z.string().describe('A sentence for people.'),
  binding: z.string().optional().describe('The binding that allows it: KIND [NAMESPACE/]NAME.'),
  role: z.string().optional().describe('The role that allows it, or for a denial the nearest that would.'),
  rule: z.string().optional().describe('The rule that allows it.'),
})
export type Explanation = z.output<typeof explanationSchema>

const cellSchema = questionSchema.extend({
  path: z.string().min(1).describe('The way in: direct, proxy, kubectl, console.'),
  expected: resultSchema.exclude(['inconclusive']).nullable().describe('Null where nothing is expected.'),
  rule: z.string().describe('Where that stands in the spec or the baseline; empty for its default.'),
  actual: z.object({ result: resultSchema, evidence: evidenceSchema }),
  verdict: z.enum(VERDICTS),
  why: z.string().describe('What is wrong, in a sentence; empty for a pass.'),
  canI: z.boolean().nullable().describe("SelfSubjectAccessReview's answer to it; null where not asked."),
  explanation: explanationSchema.optional(),
})
export type Cell = z.output<typeof cellSchema>

const disagreementSchema = questionSchema.extend({
  answers: z
    .array(z.object({ by: z.string().describe('A path, can-i, or evaluator.'), result: resultSchema }))
    .min(2),
})
export type Disagreement = z.output<typeof disagreementSchema>

const uncoveredSchema = z.object({
  group: z.string(),
  resource: z.string(),
  subresource: z.string(),
  nonResourcePath: z.string(),
  verbs: z.array(z.string()).min(1),
  why: z.string(),
})
export type Uncovered = z.output<typeof uncoveredSchema>

const baselineSchema = z.object({
  file: z.string(),
  accepted: z.boolean().describe('The file was written anew with what was found.'),
  changes: z.array(
    questionSchema.extend({
      path: z.string(),
      before: resultSchema.nullable().describe('Null: the baseline does not know the question.'),
      after: resultSchema.nullable().describe('Null: the cluster does not serve it any more.'),
    }),
  ),
})
export type BaselineDiff = z.output<typeof baselineSchema>

const mutationSchema = z.object({
  id: z.string(),
  kind: z.enum(['drop', 'widen']),
  object: z.string().describe('The binding: KIND [NAMESPACE/]NAME.'),
  description: z.string().describe('What was changed, in a sentence.'),
  noticed: z.boolean(),
  failedCells: count,
  examples: z.array(z.string()).describe('Some of the cells that failed, each as a sentence.'),
})
export type Mutation = z.output<typeof mutationSchema>

/** Everything that a run found out; what reports are made of. */
export const runResultSchema = z.object({
  version: z.literal(1),
  mode: z.enum(['spec', 'discovery', 'mutation']),
  spec: z.object({
    name: z.string(),
    file: z.string(),
    digest: z.string().describe('SHA-256 of what was checked, in hexadecimal.'),
  }),
  cluster: z.object({ server: z.string(), version: z.string().describe('Such as v1.37.2.') }),
  personas: z.array(
    z.object({
      id: z.string(),
      user: z.string(),
      groups: z.array(z.string()),
      subject: z
        .object({
          username: z.string().describe('What the API server calls the user.'),
          groups: z.array(z.string()).describe('With those that it adds, such as system:authenticated.'),
        })
        .optional()
        .describe('From a SelfSubjectReview.'),
    }),
  ),
  places: z.array(z.object({ id: z.string(), namespace: z.string() })),
  paths: z.array(z.object({ id: z.string(), server: z.string() })),
  startedAt: z.iso.datetime(),
  shard: z.object({ index: z.int().min(1), count: z.int().min(1) }).nullable(),
  complete: z.boolean().describe('False when the run could not be brought to its end.'),
  missing: z.array(z.string()).describe('What was not done, and why, a sentence each.'),
  cells: z.array(cellSchema),
  disagreements: z.array(disagreementSchema),
  uncovered: z.array(uncoveredSchema).describe('What the cluster serves and no cell is about.'),
  baseline: baselineSchema.nullable(),
  mutations: z.array(mutationSchema).nullable(),
  totals: z.object({
    cells: count,
    pass: count,
    fail: count,
    disagreement: count,
    inconclusive: count,
    uncovered: count,
  }),
  timings: z.object({
    loginMs: milliseconds,
    setupMs: milliseconds,
    requestsMs: milliseconds,
    auditMs: milliseconds,
    totalMs: milliseconds,
    cellsPerSecond: z.number().min(0),
    perPath: z.record(z.string(), z.object({ cells: count, medianMs: milliseconds, p99Ms: milliseconds })),
  }),
})
export type RunResult = z.output<typeof runResultSchema>

/**
 * The exit code that a result calls for: 0 everything is as expected, 1 something is not, 2 the run could not
 * tell. Pure.
 */
export function exitCodeOf({ complete, totals, baseline, mutations }: RunResult): 0 | 1 | 2 {
  if (!complete) return 2
  const isChanged = baseline !== null && !baseline.accepted && baseline.changes.length > 0
  const { fail, disagreement, inconclusive } = totals
  const isMissed = mutations?.some(({ noticed }) => !noticed) ?? false
  return fail + disagreement + inconclusive > 0 || isChanged || isMissed ? 1 : 0
}
