import {
  Alert,
  Brand,
  Masthead,
  MastheadBrand,
  MastheadContent,
  MastheadLogo,
  MastheadMain,
  MastheadToggle,
  Page,
  PageSidebar,
  PageSidebarBody,
  PageToggleButton,
  SkipToContent,
  Toolbar,
  ToolbarContent,
  ToolbarGroup,
  ToolbarItem,
} from '@patternfly/react-core'
import { Link, Outlet } from '@tanstack/react-router'
import icon from '../icon.svg'
import { useConsole } from '../console-context.ts'
import { NamespacePicker } from './namespace-picker.tsx'
import { Navigation } from './navigation.tsx'
import { UserMenu } from './user-menu.tsx'

const MAIN_ID = 'main'

/** What stands around every page. */
export function Layout() {
  const { configuration, renewalProblem } = useConsole()
  const masthead = (
    <Masthead>
      <MastheadMain>
        <MastheadToggle>
          <PageToggleButton isHamburgerButton aria-label="Navigation" />
        </MastheadToggle>
        <MastheadBrand>
          <MastheadLogo component={(properties) => <Link to="/" {...properties} />}>
            <Brand src={icon} alt="" heights={{ default: '28px' }} />
            <span className="gh-brand">{configuration.cluster}</span>
          </MastheadLogo>
        </MastheadBrand>
      </MastheadMain>
      <MastheadContent>
        <Toolbar isStatic>
          <ToolbarContent>
            <ToolbarGroup>
              <ToolbarItem>
                <NamespacePicker />
              </ToolbarItem>
            </ToolbarGroup>
            <ToolbarGroup align={{ default: 'alignEnd' }}>
              <ToolbarItem>
                <UserMenu />
              </ToolbarItem>
            </ToolbarGroup>
          </ToolbarContent>
        </Toolbar>
      </MastheadContent>
    </Masthead>
  )
  const sidebar = (
    <PageSidebar>
      <PageSidebarBody>
        <Navigation />
      </PageSidebarBody>
    </PageSidebar>
  )
  return (
    <Page
      masthead={masthead}
      sidebar={sidebar}
      isManagedSidebar
      isContentFilled
      mainContainerId={MAIN_ID}
      skipToContent={<SkipToContent href={`#${MAIN_ID}`}>Skip to content</SkipToContent>}
    >
      {renewalProblem !== undefined && (
        <Alert variant="warning" isInline title="The session can not be renewed" data-page="renewal-problem">
          It ends when the token does, unless the identity provider answers before: {renewalProblem}
        </Alert>
      )}
      <Outlet />
    </Page>
  )
}
