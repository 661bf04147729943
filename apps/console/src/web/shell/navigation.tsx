import { Nav, NavItem, NavList } from '@patternfly/react-core'
import { Link, useLocation } from '@tanstack/react-router'

export function Navigation() {
  const { pathname } = useLocation()
  return (
    <Nav aria-label="Main">
      <NavList>
        <NavItem isActive={pathname === '/'}>
          <Link to="/">Overview</Link>
        </NavItem>
        <NavItem isActive={pathname === '/administration'}>
          <Link to="/administration">Administration</Link>
        </NavItem>
      </NavList>
    </Nav>
  )
}
