import { Link } from '@tanstack/react-router'
import { groupInAddress, type ObjectPlace, type ResourceType } from '../api/resource-type.ts'

/** The name of an object as the way to its page. */
export function ObjectLink({
  type,
  place: { namespace, name },
}: {
  type: Pick<ResourceType, 'group' | 'version' | 'resource'>
  place: ObjectPlace
}) {
  const params = { group: groupInAddress(type.group), version: type.version, resource: type.resource, name }
  if (namespace === undefined) {
    return (
      <Link to="/resources/$group/$version/$resource/$name" params={params} preload={false}>
        {name}
      </Link>
    )
  }
  return (
    <Link
      to="/resources/$group/$version/$resource/$objectNamespace/$name"
      params={{ ...params, objectNamespace: namespace }}
      preload={false}
    >
      {name}
    </Link>
  )
}
