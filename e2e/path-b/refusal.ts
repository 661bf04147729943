import { expect } from 'vitest'
import { type Cell, verdict } from './access-table.ts'
import type { Ask, Attempt, Command } from './commands/command.ts'
import { expectUntouched } from './commands/write.ts'
import type { Ended } from './gatehouse.ts'
import { kindOf } from './objects.ts'

/** What kubectl says where its credential is not taken. */
export const LOGGED_OUT = /You must be logged in to the server/

/** Rejects unless the command was refused in the API server's words and left no trace. */
export async function expectRefusal(attempt: Attempt, command: Command, ended: Ended): Promise<void> {
  const { cell, observer, namespace, name } = attempt
  // Whoever asks for what is not allowed gets an answer, not a refusal.
  if (cell.command.startsWith('auth can-i')) {
    expect(ended).toMatchObject({ exitCode: 1, stdout: expect.stringMatching(/^no\b/) })
    return
  }
  const sentence = refusalOf(attempt, command.asks(cell.resource))
  expect(ended).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(sentence) })
  if (command.about === 'changed') await expectUntouched(attempt)
  if (command.about === 'absent') expect(await observer.find(cell.resource, namespace, name)).toBeUndefined()
}

/**
 * The sentence with which the API server refuses the first of `asks` that the table does not allow
 * (k8s.io/apiserver/pkg/endpoints/handlers/responsewriters/errors.go).
 */
function refusalOf({ cell, namespace, name }: Attempt, asks: readonly Ask[]): RegExp {
  const refused = asks.find((ask) => !isAllowed(cell, ask))
  if (!refused) throw new Error(`the table allows all that kubectl ${cell.command} asks for`)
  const { verb, path, resource = cell.resource, subresource } = refused
  const user = `User "${RegExp.escape(cell.email)}" cannot ${verb}`
  if (path !== undefined) return new RegExp(`${user} path "${RegExp.escape(path)}"`)
  // A request for the namespace NAME counts as one in NAME.
  const ofNamespace = resource === 'namespaces' && cell.place !== 'cluster' ? name : undefined
  const where = refused.namespace ?? ofNamespace ?? namespace
  const object = `resource "${resource}${subresource ? `/${subresource}` : ''}"`
  const group = `in API group "${RegExp.escape(kindOf(resource).group)}"`
  const place = where === undefined ? 'at the cluster scope' : `in the namespace "${where}"`
  return new RegExp(`${user} ${object} ${group} ${place}`)
}

/** What the table does not say is what the command itself is about, and that is refused. */
function isAllowed({ persona, resource, place }: Cell, ask: Ask): boolean {
  if (ask.subresource ?? ask.path ?? ask.resource) return false
  return verdict({ persona, resource, place, command: ask.verb }) ?? false
}
