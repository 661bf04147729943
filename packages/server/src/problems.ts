import type { z } from 'zod'

/** A problem before its path is made a JSON pointer. */
export interface Problem {
  readonly path: readonly PropertyKey[]
  readonly message: string
}

type Issue = z.core.$ZodIssue

/** What is wrong, in sentences for the person who wrote the file: one problem per place. Pure. */
export function problemsOf(issue: Issue): Problem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...issue.path, key], message: unknownKeyMessage }))
  }
  if (issue.code === 'invalid_union') return problemsOfUnion(issue)
  // reportInput leaves the property out where there was no value.
  if (issue.input === undefined && issue.code === 'invalid_type') {
    return [{ path: issue.path, message: `is missing (expected: ${issue.expected})` }]
  }
  return [{ path: issue.path, message: lowerFirst(issue.message.replace(/^Invalid input: /, '')) }]
}

export const unknownKeyMessage = 'is not a known setting; check the spelling or remove it'

/**
 * Of a union's alternatives the one that got furthest is the one that was meant. Where none got past
 * the value itself, all are named.
 */
function problemsOfUnion(issue: Extract<Issue, { code: 'invalid_union' }>): Problem[] {
  const meant = issue.errors
    .filter((issues) => issues.some(({ path }) => path.length > 0))
    .toSorted((a, b) => a.length - b.length)[0]
  const chosen = meant ?? issue.errors.flat()
  if (chosen.length === 0) return [{ path: issue.path, message: lowerFirst(issue.message) }]
  const problems = chosen.flatMap(problemsOf)
  if (meant) return problems.map(({ path, message }) => ({ path: [...issue.path, ...path], message }))
  return [{ path: issue.path, message: [...new Set(problems.map(({ message }) => message))].join(', or ') }]
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}
