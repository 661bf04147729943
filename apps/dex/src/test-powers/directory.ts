import { randomUUID } from 'node:crypto'
import type { OperationAnswer, OperationBody } from '@gatehouse/dex-test-powers'
import { hash } from 'bcryptjs'
import type { User, Users } from '../connectors/users.ts'
import { ProblemError } from './problem.ts'

/** The least that Dex takes: a test has no time for more. */
const BCRYPT_COST = 10
const MOST_BYTES = 72

type PublicUser = OperationAnswer<'getUser'>

/** Users and groups of the password database, as the test powers show and change them. */
export interface Directory {
  readonly listUsers: () => PublicUser[]
  /** @throws ProblemError 404, as all that name a user */
  readonly getUser: (email: string) => PublicUser
  /** @throws ProblemError 409 when the email is taken */
  readonly createUser: (user: OperationBody<'createUser'>) => Promise<PublicUser>
  readonly changeUser: (email: string, change: OperationBody<'changeUser'>) => Promise<PublicUser>
  readonly deleteUser: (email: string) => void
  readonly listGroups: () => OperationAnswer<'setGroup'>[]
  readonly setGroup: (name: string, members: readonly string[]) => OperationAnswer<'setGroup'>
  readonly deleteGroup: (name: string) => void
}

/** `isEnabled` is Dex's enablePasswordDB; without it there is nobody to log in. */
export function createDirectory(users: Users, isEnabled: boolean): Directory {
  const find = (email: string): User => {
    const user = users.find(email)
    if (!user) throw new ProblemError(404, `There is no user ${email}.`)
    return user
  }
  const save = (user: User): PublicUser => {
    users.put(user)
    return publicUser(user)
  }
  const membersOf = (name: string) =>
    users.list().flatMap(({ email, groups }) => (groups.includes(name) ? [email] : []))

  return {
    listUsers: () => users.list().map(publicUser),
    getUser: (email) => publicUser(find(email)),
    async createUser({
      email,
      password,
      userID,
      name = '',
      preferredUsername = '',
      emailVerified = true,
      groups,
    }) {
      if (!isEnabled) throw new ProblemError(409, 'Users need enablePasswordDB: true in the configuration.')
      if (users.find(email)) throw new ProblemError(409, `There is a user ${email} already.`)
      const passwordHash = await hashOf(password)
      // Somebody else may have been faster while the hash was made.
      if (users.find(email)) throw new ProblemError(409, `There is a user ${email} already.`)
      return save({
        email,
        hash: passwordHash,
        userID: userID ?? randomUUID(),
        name,
        preferredUsername,
        emailVerified,
        groups: [...new Set(groups)],
      })
    },
    async changeUser(email, { password, groups, ...change }) {
      find(email)
      const passwordHash = await hashOf(password)
      const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined))
      return save({
        ...find(email),
        ...given,
        ...(groups ? { groups: [...new Set(groups)] } : {}),
        ...(passwordHash === undefined ? {} : { hash: passwordHash }),
      })
    },
    deleteUser(email) {
      if (!users.delete(email)) throw new ProblemError(404, `There is no user ${email}.`)
    },
    listGroups() {
      const names = [...new Set(users.list().flatMap(({ groups }) => groups))].toSorted()
      return names.map((name) => ({ name, members: membersOf(name) }))
    },
    setGroup(name, members) {
      const wanted = new Set(members.map((email) => find(email).email))
      for (const user of users.list()) {
        const others = user.groups.filter((group) => group !== name)
        const isMember = others.length < user.groups.length
        if (isMember === wanted.has(user.email)) continue
        users.put({ ...user, groups: wanted.has(user.email) ? [...others, name] : others })
      }
      return { name, members: membersOf(name) }
    },
    deleteGroup(name) {
      if (membersOf(name).length === 0) throw new ProblemError(404, `Nobody is in a group ${name}.`)
      for (const user of users.list()) {
        users.put({ ...user, groups: user.groups.filter((group) => group !== name) })
      }
    },
  }
}

function publicUser(user: User): PublicUser {
  const { email, userID, name, preferredUsername, emailVerified, groups } = user
  return { email, userID, name, preferredUsername, emailVerified, groups: [...groups] }
}

async function hashOf(password: string | undefined): Promise<string | undefined> {
  if (password === undefined) return undefined
  if (Buffer.byteLength(password) > MOST_BYTES) {
    throw new ProblemError(400, `A password has at most ${MOST_BYTES} bytes; bcrypt reads no more.`)
  }
  return hash(password, BCRYPT_COST)
}
