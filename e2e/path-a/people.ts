/** The five people of the default content, by the address with which they log in. */
export const PEOPLE = [
  'admin@kyma.cx',
  'read-only-user@kyma.cx',
  'namespace.admin@kyma.cx',
  'developer@kyma.cx',
  'no-rights-user@kyma.cx',
] as const
