import { isNamespaceName, NAMESPACE_RULE } from '@gatehouse/kubeconfig'
import { z } from 'zod'

const oneOrMore = (item: z.ZodString) =>
  z.union([item, z.array(item).min(1)]).transform((value) => (typeof value === 'string' ? [value] : value))

const id = z
  .string()
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, 'must be made of lower-case letters, digits and "-"')

const personaSchema = z.object({
  user: z
    .string()
    .min(1)
    .describe('The name at the API server, and at the login if `login` says nothing else.'),
  groups: z
    .array(z.string().min(1))
    .default([])
    .describe('The groups that the API server must see after the login, beside those of `system:`.'),
  login: z
    .object({
      username: z.string().min(1).optional().describe('What is typed at the login, where it is not `user`.'),
      connector: z
        .string()
        .min(1)
        .optional()
        .describe('The connector to log in with, where Dex offers several.'),
    })
    .prefault({}),
})

const placeSchema = z.object({
  namespace: z
    .string()
    .refine(isNamespaceName, `must be the name of a namespace (${NAMESPACE_RULE})`)
    .optional()
    .describe('A namespace that is there. When absent, a disposable one is made for the run and removed.'),
  ready: z
    .array(
      z.object({
        persona: id,
        verb: z.string().min(1),
        resource: z.string().min(1).describe('resource[.group][/subresource]'),
      }),
    )
    .default([])
    .describe('What must be allowed in the disposable namespace before anything is tried there.'),
})

const ruleFields = {
  personas: oneOrMore(z.string().min(1)).describe('Whom it is about; `*` is everybody.'),
  resources: oneOrMore(z.string().min(1)).describe(
    'resource[.group][/subresource], `*` for a part of it, `$set` for a list of `sets`, or a path that begins with a slash.',
  ),
  places: oneOrMore(z.string().min(1))
    .default(['*'])
    .describe(
      'Places of the spec; `cluster` is what belongs to no namespace, or all namespaces at once; `*` is everywhere.',
    ),
  names: oneOrMore(z.string().min(1))
    .optional()
    .describe('Names of objects, for rights that are given by name.'),
  paths: oneOrMore(id).optional().describe('Only these ways in; all of the spec when absent.'),
}

const verbs = oneOrMore(z.string().min(1)).describe(
  'Verbs; `read` and `write` stand for several, `*` for all that are served.',
)

const ruleSchema = z
  .object({
    ...ruleFields,
    may: verbs.optional(),
    mayNot: verbs.optional(),
    isRefused: verbs
      .optional()
      .describe(
        'The authorizer lets it pass, and something behind it refuses: quota, admission, escalation.',
      ),
  })
  .refine(
    ({ may, mayNot, isRefused }) => [may, mayNot, isRefused].filter((one) => one !== undefined).length === 1,
    'must have exactly one of may, mayNot and isRefused',
  )

/** The name of the place that is no namespace. */
export const CLUSTER = 'cluster'

export const accessSpecSchema = z
  .object({
    version: z.literal(1),
    name: z.string().min(1).describe('What the reports call it.'),
    personas: z.record(id, personaSchema).describe('Who logs in.'),
    places: z.record(id, placeSchema).default({}).describe('Namespaces, under the names that rules use.'),
    setup: id
      .optional()
      .describe('The persona that makes and removes the disposable namespaces; none are made when absent.'),
    paths: z.array(id).min(1).default(['direct', 'proxy', 'kubectl']).describe('The ways in.'),
    everythingElse: z
      .enum(['deny', 'uncovered'])
      .default('deny')
      .describe('What is expected of all that the cluster serves and no rule names.'),
    sets: z
      .record(id, z.array(z.string().min(1)).min(1))
      .default({})
      .describe('Lists of resources under a name, for rules.'),
    rules: z.array(ruleSchema).default([]).describe('A later rule wins over an earlier one.'),
  })
  .superRefine((spec, context) => {
    const problem = (path: PropertyKey[], message: string) =>
      context.addIssue({ code: 'custom', path, message })
    const known = (what: string, all: readonly string[], one: string, path: PropertyKey[]) => {
      if (one !== '*' && !all.includes(one))
        problem(path, `there is no ${what} "${one}"; there are ${all.join(', ')}`)
    }
    const personas = Object.keys(spec.personas)
    const places = [CLUSTER, ...Object.keys(spec.places)]
    if (personas.length === 0) problem(['personas'], 'names nobody')
    if (Object.hasOwn(spec.places, CLUSTER))
      problem(['places', CLUSTER], 'is the name of what belongs to no namespace')
    if (spec.setup !== undefined) known('persona', personas, spec.setup, ['setup'])
    for (const [name, place] of Object.entries(spec.places)) {
      if (place.namespace === undefined && spec.setup === undefined)
        problem(['places', name], 'needs a namespace, or a persona as `setup` that makes one')
      for (const [index, { persona }] of place.ready.entries())
        known('persona', personas, persona, ['places', name, 'ready', index, 'persona'])
    }
    for (const [index, rule] of spec.rules.entries()) {
      for (const one of rule.personas) known('persona', personas, one, ['rules', index, 'personas'])
      for (const one of rule.places) known('place', places, one, ['rules', index, 'places'])
      for (const one of rule.paths ?? []) known('path', spec.paths, one, ['rules', index, 'paths'])
      for (const one of rule.resources)
        if (one.startsWith('$'))
          known('set', Object.keys(spec.sets), one.slice(1), ['rules', index, 'resources'])
    }
  })

export type AccessSpec = z.output<typeof accessSpecSchema>
export type AccessRule = AccessSpec['rules'][number]
