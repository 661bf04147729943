import type { Attributes } from '@gatehouse/authorization/rbac'
import { TestkitError } from './errors.ts'

/** Where something is to be done; at the cluster scope, and to no one object, when absent. */
export interface Scope {
  readonly namespace?: string
  readonly name?: string
}

/**
 * What a test asks for: a resource as kubectl names it (`pods`, `deployments.apps`, `pods/log`,
 * `deployments.apps/scale`), or a path that begins with a slash. Pure.
 *
 * @throws TestkitError `ERR_QUESTION`
 */
export function attributesOf(verb: string, target: string, scope: Scope = {}): Attributes {
  if (target.startsWith('/')) {
    if (scope.namespace === undefined && scope.name === undefined) return { verb, path: target }
    throw new TestkitError('ERR_QUESTION', `the path ${target} is in no namespace and has no name`)
  }
  const match = /^([^./\s]+)(?:\.([^/\s]+))?(?:\/(\S+))?$/.exec(target)
  if (!match || verb === '') {
    throw new TestkitError(
      'ERR_QUESTION',
      `"${verb}" "${target}" is no question; write a verb and RESOURCE[.GROUP][/SUBRESOURCE], such as deployments.apps/scale`,
    )
  }
  const [, resource = '', apiGroup = '', subresource = ''] = match
  return {
    verb,
    apiGroup,
    resource,
    subresource,
    namespace: scope.namespace ?? '',
    name: scope.name ?? '',
  }
}
