import { z } from 'zod'
import { clock, clockSetting, fault, faultPath, newFault, signingKeys } from './conditions.ts'
import { login, loginPath, tilesLink } from './journal.ts'
import { mintedToken, tokenRequest } from './tokens.ts'
import { emailPath, group, groupMembers, groupPath, newUser, user, userChange } from './users.ts'

/** One operation of the interface: what is sent and what comes back. */
export interface Operation {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** `{name}` stands for one segment, percent-encoded. */
  readonly path: string
  readonly summary: string
  readonly params?: z.ZodObject
  readonly body?: z.ZodType
  /** Absent: 204 without a body. */
  readonly answer?: z.ZodType
  /** Default 200, or 204 without an answer. */
  readonly status?: 201
}

const listOf = <T extends z.ZodType>(member: T) => z.strictObject({ items: z.array(member) })

/** The whole interface; the server's routes, the client's methods and the OpenAPI document are made of it. */
export const operations = {
  listUsers: { method: 'GET', path: '/users', summary: 'All users', answer: listOf(user) },
  createUser: {
    method: 'POST',
    path: '/users',
    summary: 'Create a user',
    body: newUser,
    answer: user,
    status: 201,
  },
  getUser: { method: 'GET', path: '/users/{email}', summary: 'One user', params: emailPath, answer: user },
  changeUser: {
    method: 'PATCH',
    path: '/users/{email}',
    summary: 'Change a user; refresh tokens follow',
    params: emailPath,
    body: userChange,
    answer: user,
  },
  deleteUser: {
    method: 'DELETE',
    path: '/users/{email}',
    summary: 'Delete a user; their refresh tokens get nothing any more',
    params: emailPath,
  },
  listGroups: { method: 'GET', path: '/groups', summary: 'All groups', answer: listOf(group) },
  setGroup: {
    method: 'PUT',
    path: '/groups/{name}',
    summary: 'Create a group or change its members',
    params: groupPath,
    body: groupMembers,
    answer: group,
  },
  deleteGroup: {
    method: 'DELETE',
    path: '/groups/{name}',
    summary: 'Take everybody out of a group',
    params: groupPath,
  },
  mintToken: {
    method: 'POST',
    path: '/tokens',
    summary: 'Mint an ID token, with any claims and any fault',
    body: tokenRequest,
    answer: mintedToken,
    status: 201,
  },
  getClock: { method: 'GET', path: '/clock', summary: "The issuer's time", answer: clock },
  setClock: {
    method: 'PUT',
    path: '/clock',
    summary: 'Move the clock: tokens, codes, refresh tokens, logins and keys age by it',
    body: clockSetting,
    answer: clock,
  },
  resetClock: { method: 'DELETE', path: '/clock', summary: 'Back to the real time' },
  getKeys: { method: 'GET', path: '/keys', summary: 'The signing keys', answer: signingKeys },
  rotateKeys: {
    method: 'POST',
    path: '/keys/rotate',
    summary: 'Sign with a new key from now on; the former ones still verify',
    answer: signingKeys,
  },
  loseKeys: {
    method: 'POST',
    path: '/keys/lose',
    summary: 'Forget every key; what they signed can be verified no more',
    answer: signingKeys,
  },
  listFaults: { method: 'GET', path: '/faults', summary: 'The faults in force', answer: listOf(fault) },
  addFault: {
    method: 'POST',
    path: '/faults',
    summary: 'Make an endpoint fail or answer late',
    body: newFault,
    answer: fault,
    status: 201,
  },
  removeFault: { method: 'DELETE', path: '/faults/{id}', summary: 'Remove a fault', params: faultPath },
  clearFaults: { method: 'DELETE', path: '/faults', summary: 'Remove every fault' },
  listLogins: {
    method: 'GET',
    path: '/logins',
    summary: 'What happened in each login, the latest first; no passwords, codes or tokens',
    answer: listOf(login),
  },
  getLogin: { method: 'GET', path: '/logins/{id}', summary: 'One login', params: loginPath, answer: login },
  clearLogins: { method: 'DELETE', path: '/logins', summary: 'Empty the journal' },
  createUserTilesLink: {
    method: 'POST',
    path: '/user-tiles',
    summary: 'A link that shows one-click user tiles in the browser that opens it',
    answer: tilesLink,
    status: 201,
  },
} as const satisfies Record<string, Operation>

export type Operations = typeof operations
export type OperationName = keyof Operations

/** What an operation is given: the path's parameters and the body's members, as far as it has them. */
export type OperationParams<Name extends OperationName> = Operations[Name] extends {
  params: infer P extends z.ZodType
}
  ? z.output<P>
  : undefined
export type OperationBody<Name extends OperationName> = Operations[Name] extends {
  body: infer B extends z.ZodType
}
  ? z.output<B>
  : undefined
export type OperationAnswer<Name extends OperationName> = Operations[Name] extends {
  answer: infer A extends z.ZodType
}
  ? z.output<A>
  : void
