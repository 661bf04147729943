import { resourceName } from '../catalogue/catalogue.ts'
import { ConformanceError } from '../errors.ts'
import type { Cell, Question } from '../result.ts'
import type { LoadedSpec } from '../spec/load.ts'
import { type AccessRule, type AccessSpec, CLUSTER } from '../spec/schema.ts'
import type { NamedObjects } from './questions.ts'

const VERB_SETS: Readonly<Record<string, readonly string[]>> = {
  read: ['get', 'list', 'watch'],
  write: ['create', 'update', 'patch', 'delete', 'deletecollection'],
}

/** What a spec expects of a question; `rule` is empty for its default. */
export interface Expectation {
  readonly expected: Cell['expected']
  readonly rule: string
  /** The ways in that the rule is about. */
  readonly paths: readonly string[]
  /** Whether somebody wrote it down, so that also ways in are tried that are slow. */
  readonly isExplicit: boolean
}

interface CompiledRule {
  readonly rule: AccessRule
  readonly location: string
  readonly expected: 'allowed' | 'denied' | 'refused'
  /** As they stand in the rule, each with the verbs that it means. */
  readonly verbs: readonly { readonly written: string; readonly means: readonly string[] }[]
  readonly resources: readonly string[]
  /** What of it was about some question. */
  readonly used: Set<string>
}

/** Answers what a spec expects, and remembers which of its rules were about anything. */
export interface Expectations {
  readonly of: (question: Question) => Expectation
  /** @throws ConformanceError `ERR_SPEC` for rules with a verb or resource that no question is about */
  readonly requireAllUsed: () => void
}

/** A later rule wins over an earlier one. */
export function compileExpectations({ spec, ruleLocations }: LoadedSpec): Expectations {
  const rules = spec.rules.map((rule, index) => compile(rule, spec, ruleLocations[index] ?? ''))
  return {
    of(question) {
      let found: CompiledRule | undefined
      for (const rule of rules) if (matches(rule, question)) found = rule
      if (!found) {
        const expected = spec.everythingElse === 'deny' ? 'denied' : null
        return { expected, rule: '', paths: spec.paths, isExplicit: false }
      }
      const { expected, location, rule } = found
      return { expected, rule: location, paths: rule.paths ?? spec.paths, isExplicit: true }
    },
    requireAllUsed() {
      const idle = rules.flatMap(({ location, verbs, resources, used }) => {
        const what = [
          ...verbs.map(({ written }) => `the verb "${written}"`),
          ...resources.map((one) => `"${one}"`),
        ]
        return what.filter((one) => !used.has(one)).map((one) => `${location}: ${one}`)
      })
      if (idle.length === 0) return
      const message = `the cluster serves nothing that these are about, so they would check nothing; correct or remove them:\n  ${idle.join('\n  ')}`
      throw new ConformanceError('ERR_SPEC', message)
    },
  }
}

function compile(rule: AccessRule, spec: AccessSpec, location: string): CompiledRule {
  return {
    rule,
    location,
    expected: rule.may ? 'allowed' : rule.mayNot ? 'denied' : 'refused',
    verbs: verbsOf(rule).map((written) => ({ written, means: VERB_SETS[written] ?? [written] })),
    resources: resourcesOf(rule, spec),
    used: new Set(),
  }
}

function matches({ rule, verbs, resources, used }: CompiledRule, question: Question): boolean {
  const has = (all: readonly string[], one: string) => all.includes('*') || all.includes(one)
  if (!has(rule.personas, question.persona) || !has(rule.places, question.place)) return false
  // A rule without names is about any object, and a question about a name that is a namespace's is, too.
  if (rule.names && !rule.names.includes(question.name)) return false
  const matchingVerbs = verbs.filter(({ means }) => has(means, question.verb))
  const matchingResources = resources.filter((pattern) => isAbout(pattern, question))
  if (matchingResources.length === 0) return false
  if (matchingVerbs.length === 0) return false
  for (const { written } of matchingVerbs) used.add(`the verb "${written}"`)
  for (const resource of matchingResources) used.add(`"${resource}"`)
  return true
}

/**
 * `*` is every resource with its subresources; a group or a subresource after the star
 * makes it a part of that; a path ends in a star for all that begin with it.
 */
function isAbout(pattern: string, question: Question): boolean {
  if (pattern.startsWith('/') || question.nonResourcePath !== '') {
    const path = question.nonResourcePath
    if (path === '' || !pattern.startsWith('/')) return false
    return pattern.endsWith('*') ? path.startsWith(pattern.slice(0, -1)) : path === pattern
  }
  if (pattern === '*') return true
  const name = resourceName(question)
  if (pattern === name) return true
  if (!pattern.startsWith('*')) return false
  if (pattern.startsWith('*/')) return question.subresource === pattern.slice(2)
  return question.group === pattern.slice(2)
}

/** Everything in rules that a question has to be made for: paths without a star, and names. Pure. */
export function namedInRules(spec: AccessSpec): { nonResourcePaths: string[]; names: NamedObjects[] } {
  return {
    nonResourcePaths: spec.rules
      .flatMap((rule) => resourcesOf(rule, spec))
      .filter((one) => one.startsWith('/') && !one.endsWith('*')),
    names: spec.rules.flatMap((rule) => {
      const { names } = rule
      if (!names) return []
      const verbs = verbsOf(rule).flatMap((verb) => VERB_SETS[verb] ?? [verb])
      const places = rule.places.includes('*') ? [CLUSTER, ...Object.keys(spec.places)] : rule.places
      return places.flatMap((place) =>
        resourcesOf(rule, spec).map((resource) => ({ place, resource, verbs, names })),
      )
    }),
  }
}

function verbsOf({ may, mayNot, isRefused }: AccessRule): readonly string[] {
  return may ?? mayNot ?? isRefused ?? []
}

function resourcesOf({ resources }: AccessRule, { sets }: AccessSpec): string[] {
  return resources.flatMap((one) => (one.startsWith('$') ? (sets[one.slice(1)] ?? []) : [one]))
}
