import { type Revocation, revocationsSchema } from '@gatehouse/authentication/revocations'
import { withLock, writePrivateFile } from '@gatehouse/private-files'
import { StackError } from './errors.ts'
import { readJson, type StateDirectory } from './state-directory.ts'

/** What `gatehouse revoke` adds for a user, and takes back. */
export interface RevokedUser {
  readonly user: string
  /** Tokens of before; all of them, later ones too, when absent. */
  readonly issuedBefore?: Date
}

/** Makes the list, if there is none of an earlier start: the proxy does not start without. */
export async function prepareRevocations(state: StateDirectory): Promise<void> {
  await change(state, (revocations) => revocations)
}

/** Everything that the proxy of the stack `state` refuses. @throws StackError `ERR_STATE` */
export async function readRevocations(state: StateDirectory): Promise<readonly Revocation[]> {
  const parsed = revocationsSchema.safeParse((await readJson(state.revocationsFile)) ?? {})
  if (parsed.success) return parsed.data.revocations
  throw new StackError('ERR_STATE', `${state.revocationsFile} is damaged; mend it, or write {} into it`)
}

/** Revokes a user's tokens, in place of what was said about the user before. */
export async function revoke(state: StateDirectory, { user, issuedBefore }: RevokedUser): Promise<void> {
  const entry = { user, ...(issuedBefore ? { issuedBefore: issuedBefore.toISOString() } : {}) }
  await change(state, (revocations) => [...revocations.filter((one) => !isAbout(one, user)), entry])
}

/** Takes back what `revoke` said about a user; whether there was something. */
export async function undoRevocation(state: StateDirectory, user: string): Promise<boolean> {
  let wasRevoked = false
  await change(state, (revocations) => {
    wasRevoked = revocations.some((one) => isAbout(one, user))
    return revocations.filter((one) => !isAbout(one, user))
  })
  return wasRevoked
}

/** Single tokens, which somebody wrote into the file by hand, are another matter. */
function isAbout(revocation: Revocation, user: string): boolean {
  return revocation.user === user && revocation.tokenId === undefined
}

async function change(
  state: StateDirectory,
  decide: (revocations: readonly Revocation[]) => readonly Revocation[],
): Promise<void> {
  await withLock(`${state.revocationsFile}.lock`, async () => {
    const revocations = decide(await readRevocations(state))
    await writePrivateFile(state.revocationsFile, `${JSON.stringify({ revocations }, undefined, 2)}\n`)
  })
}
