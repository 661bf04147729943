import { Nav, NavGroup, NavItem, NavList } from '@patternfly/react-core'
import { Link, useLocation } from '@tanstack/react-router'
import { useAccess } from '../api/access.ts'
import { useDiscovery } from '../api/discovery.ts'
import { groupInAddress, type ResourceType } from '../api/resource-type.ts'
import { SECTIONS } from './kinds.ts'
import { useNamespace } from './use-namespace.ts'

/** The way to every kind that the person may list here, and to no other. */
export function Navigation() {
  const { pathname } = useLocation()
  const offered = useOfferedKinds()
  return (
    <Nav aria-label="Main" data-pending={offered.isPending}>
      <NavList>
        <NavItem isActive={pathname === '/'}>
          <Link to="/">Overview</Link>
        </NavItem>
      </NavList>
      {SECTIONS.map(({ title, kinds }) => {
        const shown = kinds.flatMap((kind) => {
          const type = offered.types.find(
            ({ group, resource }) => group === kind.group && resource === kind.resource,
          )
          return type ? [{ title: kind.title, type }] : []
        })
        if (shown.length === 0 && title !== 'Access') return null
        return (
          <NavGroup key={title} title={title}>
            {shown.map((kind) => (
              <KindItem key={kind.title} title={kind.title} type={kind.type} pathname={pathname} />
            ))}
            {title === 'Access' && (
              <NavItem isActive={pathname === '/access'}>
                <Link to="/access">My access</Link>
              </NavItem>
            )}
          </NavGroup>
        )
      })}
      <NavGroup title="More">
        <NavItem isActive={pathname === '/kinds'}>
          <Link to="/kinds">All kinds</Link>
        </NavItem>
        <NavItem isActive={pathname === '/administration'}>
          <Link to="/administration">Administration</Link>
        </NavItem>
      </NavGroup>
    </Nav>
  )
}

function KindItem({ title, type, pathname }: { title: string; type: ResourceType; pathname: string }) {
  const group = groupInAddress(type.group)
  const address = `/resources/${group}/${type.version}/${type.resource}`
  return (
    <NavItem isActive={pathname === address || pathname.startsWith(`${address}/`)}>
      <Link
        to="/resources/$group/$version/$resource"
        params={{ group, version: type.version, resource: type.resource }}
        data-kind={`${type.resource}.${type.group}`}
      >
        {title}
      </Link>
    </NavItem>
  )
}

/** The types of the navigation that the cluster serves and the person may list in the chosen namespace. */
function useOfferedKinds(): { readonly types: readonly ResourceType[]; readonly isPending: boolean } {
  const { namespace } = useNamespace()
  const { data = [], isPending } = useDiscovery()
  const types = SECTIONS.flatMap(({ kinds }) => kinds).flatMap(({ group, resource }) => {
    const type = data.find((candidate) => candidate.group === group && candidate.resource === resource)
    return type ? [type] : []
  })
  const access = useAccess(
    types.map(({ group, resource, namespaced }) => ({
      verb: 'list',
      group,
      resource,
      namespace: namespaced ? namespace : undefined,
    })),
  )
  return {
    types: types.filter((_, index) => access.allowed[index]),
    isPending: isPending || access.isPending,
  }
}
