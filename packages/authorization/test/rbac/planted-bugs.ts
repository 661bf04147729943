import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type * as rbac from '../../src/rbac/index.ts'

/** A mistake that somebody could make in the evaluator: `find` in `file` becomes `replace`. */
export interface PlantedBug {
  readonly what: string
  readonly file: string
  readonly find: string
  readonly replace: string
}

const RULE = 'rule-allows.ts'
const SUBJECT = 'subject-matches.ts'
const POLICY = 'policy.ts'

export const plantedBugs: readonly PlantedBug[] = [
  { what: 'the wildcard verb means nothing', file: RULE, find: "holds(verbs, '*') || ", replace: '' },
  { what: 'every verb matches', file: RULE, find: 'holds(verbs, verb)', replace: 'true' },
  { what: 'the wildcard group means nothing', file: RULE, find: "holds(apiGroups, '*') || ", replace: '' },
  {
    what: 'the core group matches every group',
    file: RULE,
    find: "holds(apiGroups, '*')",
    replace: "holds(apiGroups, '')",
  },
  {
    what: 'the wildcard resource means nothing',
    file: RULE,
    find: "if (holds(resources, '*')) return true",
    replace: '',
  },
  {
    what: 'a resource covers its subresources',
    file: RULE,
    find: "if (subresource === '') return holds(resources, resource)",
    replace: 'if (holds(resources, resource)) return true',
  },
  {
    what: 'a subresource of every resource means nothing',
    file: RULE,
    find: ' || holds(resources, `*/${subresource}`)',
    replace: '',
  },
  {
    what: 'every subresource of a resource is a pattern',
    file: RULE,
    find: 'holds(resources, `*/${subresource}`)',
    replace: 'holds(resources, `*/${subresource}`) || holds(resources, `${resource}/*`)',
  },
  {
    what: 'names are not looked at',
    file: RULE,
    find: 'return !resourceNames ||',
    replace: 'return true || !resourceNames ||',
  },
  {
    what: 'a request without a name has every name',
    file: RULE,
    find: 'resourceNames.length === 0',
    replace: "name === ''",
  },
  {
    what: 'names that are listed mean nothing',
    file: RULE,
    find: ' || resourceNames.includes(name)',
    replace: '',
  },
  {
    what: 'patterns of paths mean nothing',
    file: RULE,
    find: "(pattern.endsWith('*') &&",
    replace: '(false &&',
  },
  {
    what: 'one asterisk is cut off a pattern',
    file: RULE,
    find: String.raw`/\*+$/`,
    replace: String.raw`/\*$/`,
  },
  {
    what: 'an asterisk inside a path is a pattern',
    file: RULE,
    find: String.raw`path.startsWith(pattern.replace(/\*+$/, ''))`,
    replace: "path.startsWith(pattern.split('*')[0]!)",
  },
  {
    what: 'paths are allowed by rules for resources',
    file: RULE,
    find: 'return pathMatches(rule, attributes.path)',
    replace: 'return pathMatches(rule, attributes.path) || holds(rule.resources, "*")',
  },
  {
    what: 'a user is anybody',
    file: SUBJECT,
    find: 'return name === subject.name\n',
    replace: 'return true\n',
  },
  {
    what: 'groups mean nothing',
    file: SUBJECT,
    find: 'return groups.includes(subject.name)',
    replace: 'return false',
  },
  {
    what: 'groups are users, too',
    file: SUBJECT,
    find: 'return groups.includes(subject.name)',
    replace: 'return groups.includes(subject.name) || name === subject.name',
  },
  {
    what: "a ServiceAccount's namespace is not looked at",
    file: SUBJECT,
    find: 'name === `system:serviceaccount:${namespace}:${subject.name}`',
    replace: 'name.endsWith(`:${subject.name}`)',
  },
  {
    what: 'a ServiceAccount has no namespace from its RoleBinding',
    file: SUBJECT,
    find: 'subject.namespace || bindingNamespace',
    replace: "subject.namespace || ''",
  },
  {
    what: "a RoleBinding's own namespace wins",
    file: SUBJECT,
    find: 'subject.namespace || bindingNamespace',
    replace: "bindingNamespace || subject.namespace || ''",
  },
  {
    what: 'RoleBindings count everywhere',
    file: POLICY,
    find: 'roleBindings.get(namespace)?.values() ?? []',
    replace: 'objects.roleBindings',
  },
  {
    what: 'RoleBindings mean nothing',
    file: POLICY,
    find: 'roleBindings.get(namespace)?.values() ?? []',
    replace: '[]',
  },
  {
    what: 'ClusterRoleBindings mean nothing',
    file: POLICY,
    find: '...appliedClusterRoleBindings(user),',
    replace: '',
  },
  {
    what: 'ClusterRoleBindings do not count in namespaces',
    file: POLICY,
    find: '...appliedClusterRoleBindings(user),',
    replace: "...(namespace === '' ? appliedClusterRoleBindings(user) : []),",
  },
  {
    what: 'a Role is found by its name alone',
    file: POLICY,
    find: 'role: roles.get(namespace)?.get(name)',
    replace: 'role: objects.roles.find((role) => role.metadata.name === name)',
  },
  {
    what: 'system:masters are nobody',
    file: 'evaluate.ts',
    find: 'user.groups.includes(MASTERS)',
    replace: 'false',
  },
  {
    what: 'the first rule of a role alone counts',
    file: 'evaluate.ts',
    find: 'ruleAllows(rule, attributes) ?',
    replace: 'ruleIndex === 0 && ruleAllows(rule, attributes) ?',
  },
]

/** The evaluator with one mistake in it. */
export async function withBug({
  what,
  file,
  find,
  replace,
}: PlantedBug): Promise<Pick<typeof rbac, 'evaluate' | 'rbacPolicy'> & AsyncDisposable> {
  const directory = await mkdtemp(join(tmpdir(), 'gatehouse-planted-bug-'))
  await cp(join(import.meta.dirname, '../../src/rbac'), directory, { recursive: true })
  const path = join(directory, file)
  const source = await readFile(path, 'utf8')
  if (source.split(find).length !== 2)
    throw new Error(`"${what}": "${find}" must stand in ${file} exactly once`)
  await writeFile(
    path,
    source.replace(find, () => replace),
  )
  const { evaluate, rbacPolicy } = (await import(join(directory, 'index.ts'))) as typeof rbac
  return {
    evaluate,
    rbacPolicy,
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  }
}
