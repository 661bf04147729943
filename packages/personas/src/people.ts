/** The groups that give the people their rights, as they stand in the `groups` claim. */
export const GROUPS = [
  'runtimeAdmin',
  'runtimeOperator',
  'runtimeDeveloper',
  'runtimeNamespaceAdmin',
] as const
export type Group = (typeof GROUPS)[number]

export type Persona = 'admin' | 'viewer' | 'namespace-admin' | 'developer' | 'no-rights'

/** Someone who can log in. Passwords are not here: whoever starts an issuer gives them out. */
export interface Person {
  readonly persona: Persona
  readonly email: string
  readonly username: string
  /** Dex's `userID`: part of `sub`, so it must not change. */
  readonly userID: string
  readonly groups: readonly Group[]
}

export const people: readonly Person[] = [
  {
    persona: 'admin',
    email: 'admin@kyma.cx',
    username: 'admin',
    userID: '7b1f2c52-0f6e-4f0e-9d53-5a1d6a3f0001',
    groups: ['runtimeAdmin'],
  },
  {
    persona: 'viewer',
    email: 'read-only-user@kyma.cx',
    username: 'read-only-user',
    userID: '7b1f2c52-0f6e-4f0e-9d53-5a1d6a3f0002',
    groups: ['runtimeOperator'],
  },
  {
    persona: 'no-rights',
    email: 'no-rights-user@kyma.cx',
    username: 'no-rights-user',
    userID: '7b1f2c52-0f6e-4f0e-9d53-5a1d6a3f0003',
    groups: [],
  },
  {
    persona: 'developer',
    email: 'developer@kyma.cx',
    username: 'developer',
    userID: '7b1f2c52-0f6e-4f0e-9d53-5a1d6a3f0004',
    groups: ['runtimeDeveloper'],
  },
  {
    persona: 'namespace-admin',
    email: 'namespace.admin@kyma.cx',
    username: 'namespace.admin',
    userID: '7b1f2c52-0f6e-4f0e-9d53-5a1d6a3f0005',
    groups: ['runtimeNamespaceAdmin'],
  },
]
