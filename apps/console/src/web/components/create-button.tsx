import { useAccess } from '../api/access.ts'
import { groupInAddress, type ResourceType } from '../api/resource-type.ts'
import { ButtonLink } from './button-link.tsx'

/** The way to a new object of the type, for who may create one here. */
export function CreateButton({ type, namespace }: { type: ResourceType; namespace: string | undefined }) {
  const { group, resource, verbs } = type
  const { allowed, isPending } = useAccess(
    verbs.includes('create') ? [{ verb: 'create', group, resource, namespace }] : [],
  )
  if (!allowed[0]) return <span data-pending={isPending} />
  return (
    <ButtonLink
      to="/create/$group/$version/$resource"
      params={{ group: groupInAddress(group), version: type.version, resource }}
      data-action="create"
    >
      Create {type.kind}
    </ButtonLink>
  )
}
