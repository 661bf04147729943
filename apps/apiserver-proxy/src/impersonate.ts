import { nameProblem } from '@gatehouse/authentication'
import type { Subject } from '@gatehouse/authorization'

/**
 * The header lines that make the API server act as `subject` (Kubernetes' user impersonation):
 * Impersonate-User, one Impersonate-Group for each group, Impersonate-Uid, and
 * Impersonate-Extra-{key} for each extra value. Names travel as UTF-8; keys are percent-encoded, since they
 * hold slashes. The lines are Latin-1 text of those bytes, as Node writes headers. Pure.
 *
 * @throws Error for a name that can't stand in a header; authentication refuses those before
 */
export function impersonationHeaders(subject: Subject): string {
  const lines = [line('Impersonate-User', subject.username)]
  for (const group of subject.groups) lines.push(line('Impersonate-Group', group))
  if (subject.uid !== undefined && subject.uid !== '') lines.push(line('Impersonate-Uid', subject.uid))
  for (const [key, values] of Object.entries(subject.extra)) {
    for (const value of values) lines.push(line(`Impersonate-Extra-${encodeExtraKey(key)}`, value))
  }
  return lines.join('')
}

function line(name: string, value: string): string {
  const problem = nameProblem(value)
  if (problem !== undefined) throw new Error(`the value of ${name} ${problem}`)
  return `${name}: ${Buffer.from(value, 'utf8').toString('latin1')}\r\n`
}

/** As client-go: everything that is not a legal header name character, and the percent sign, is encoded. */
function encodeExtraKey(key: string): string {
  return Buffer.from(key, 'utf8')
    .toString('latin1')
    .replaceAll(/[^!#$&'*+\-.^_`|~0-9a-z]/g, (character) => {
      return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
    })
}
