import type { RunResult } from '../result.ts'
import {
  answersOf,
  cellSentence,
  changeOf,
  counted,
  formatNumber,
  isGood,
  mutationScore,
  problemsOf,
  questionSentence,
  totalsSentence,
} from './describe.ts'

/** GitHub takes comments of up to 65,536 characters; GitLab and others take more. */
const MAX_CHARACTERS = 65_000

/**
 * The run as a comment to a pull request: a verdict, what is wrong, and what has changed. What others named stands
 * in code, so that it can neither mention anybody nor be markup. Cut where a comment would get too long. Pure.
 */
export function markdownReport(run: RunResult): string {
  const sections = [
    `### ${isGood(run) ? '✅' : '❌'} Access of ${code(run.spec.name)}`,
    `${totalsSentence(run)}, in ${(run.timings.totalMs / 1000).toFixed(1)} s. Kubernetes ${code(run.cluster.version)}.`,
    ...list('⚠️ The run is not complete', run.missing.map(code)),
    ...table('Ways in that disagree', ['Question', 'Answers'], disagreementRows(run)),
    ...table('Not as expected', ['Question', 'What is wrong', 'Why'], problemRows(run)),
    ...baselineSection(run),
    ...mutationSection(run),
    ...uncoveredSection(run),
  ]
  return cut(sections)
}

function disagreementRows({ disagreements }: RunResult): string[][] {
  return disagreements.map((one) => [code(questionSentence(one)), code(answersOf(one))])
}

function problemRows(run: RunResult): string[][] {
  return problemsOf(run).map((cell) => {
    const explanation = cell.explanation?.text
    return [code(cellSentence(cell)), code(cell.why), explanation === undefined ? '' : code(explanation)]
  })
}

function baselineSection({ baseline }: RunResult): string[] {
  if (baseline === null) return []
  const { changes, file, accepted } = baseline
  if (changes.length === 0) return [`No change against ${code(file)}.`]
  const lines = changes.map((change) => {
    const sign = change.after === 'allowed' ? '+' : '-'
    return `${sign} ${oneLine(questionSentence(change))}, by ${oneLine(change.path)}: ${changeOf(change)}`
  })
  const title = `#### ${counted(changes.length, 'change')} against ${code(file)}${accepted ? ', accepted' : ''}`
  return [title, fenced('diff', lines)]
}

function mutationSection(run: RunResult): string[] {
  const score = mutationScore(run)
  if (score === undefined) return []
  const missed = run.mutations!.filter(({ noticed }) => !noticed)
  return [
    `**${score}**`,
    ...list(
      'Not noticed',
      missed.map(({ description }) => code(description)),
    ),
  ]
}

function uncoveredSection({ uncovered }: RunResult): string[] {
  if (uncovered.length === 0) return []
  const lines = uncovered.map(({ group, resource, subresource, nonResourcePath, verbs }) => {
    const part = subresource === '' ? '' : `/${subresource}`
    const target = nonResourcePath || `${resource}${group === '' ? '' : `.${group}`}${part}`
    return `- ${code(target)}: ${verbs.map(code).join(', ')}`
  })
  const summary = `Nothing is expected of ${counted(uncovered.length, 'resource')} that the cluster serves`
  return [`<details><summary>${summary}</summary>\n\n${lines.join('\n')}\n\n</details>`]
}

function table(title: string, head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return []
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', String.raw`\|`)).join(' | ')} |`
  const lines = [line(head), line(head.map(() => '---')), ...rows.map(line)]
  return [`#### ${title}: ${formatNumber(rows.length)}`, lines.join('\n')]
}

function list(title: string, items: readonly string[]): string[] {
  return items.length === 0 ? [] : [`#### ${title}`, items.map((item) => `- ${item}`).join('\n')]
}

/** Text as code: with a fence that is longer than any run of backticks in it. */
function code(text: string): string {
  const line = oneLine(text)
  const longest = Math.max(0, ...[...line.matchAll(/`+/g)].map(([run]) => run.length))
  const fence = '`'.repeat(longest + 1)
  return longest === 0 ? `${fence}${line}${fence}` : `${fence} ${line} ${fence}`
}

function fenced(language: string, lines: readonly string[]): string {
  const longest = Math.max(
    2,
    ...lines.flatMap((line) => [...line.matchAll(/`+/g)].map(([run]) => run.length)),
  )
  const fence = '`'.repeat(longest + 1)
  return `${fence}${language}\n${lines.join('\n')}\n${fence}`
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim()
}

/** As many whole lines as a comment holds; a fence that is open then is closed. */
function cut(sections: readonly string[]): string {
  const text = `${sections.join('\n\n')}\n`
  if (text.length <= MAX_CHARACTERS) return text
  const kept = text.slice(0, text.lastIndexOf('\n', MAX_CHARACTERS))
  const fences = kept.match(/^`{3,}/gm) ?? []
  const closing = fences.length % 2 === 1 ? `\n${fences.at(-1)}` : ''
  return `${kept}${closing}\n\nThis is not all of it; see the other reports.\n`
}
