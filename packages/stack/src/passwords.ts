import { z } from 'zod'
import { StackError } from './errors.ts'
import { readJson, type StateDirectory } from './state-directory.ts'

const passwordsSchema = z.record(z.string(), z.object({ password: z.string(), hash: z.string() }))

/** The remembered passwords by e-mail; only the owner of the state directory can read them. */
export async function readPasswords(state: StateDirectory): Promise<z.output<typeof passwordsSchema>> {
  const parsed = passwordsSchema.safeParse((await readJson(state.passwordsFile)) ?? {})
  if (!parsed.success) {
    throw new StackError('ERR_STATE', `${state.passwordsFile} is damaged; delete it and start again`)
  }
  return parsed.data
}

/** @throws StackError `ERR_UNKNOWN_PERSON`, `ERR_STATE` */
export async function passwordOf(state: StateDirectory, email: string): Promise<string> {
  const passwords = await readPasswords(state)
  const entry = Object.hasOwn(passwords, email) ? passwords[email] : undefined
  if (entry) return entry.password
  throw new StackError(
    'ERR_UNKNOWN_PERSON',
    `nobody is called "${email}" here; there are ${Object.keys(passwords).join(', ')}`,
  )
}
