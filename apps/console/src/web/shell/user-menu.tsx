import {
  Divider,
  Dropdown,
  DropdownGroup,
  DropdownItem,
  DropdownList,
  MenuToggle,
} from '@patternfly/react-core'
import { useState } from 'react'
import { useConsole } from '../console-context.ts'
import { chosenTheme, chooseTheme, type Theme } from './theme.ts'

const THEMES: Readonly<Record<Theme, string>> = {
  system: 'As this machine',
  light: 'Light',
  dark: 'Dark',
}

/** Who is logged in, the theme, and the way out. */
export function UserMenu() {
  const { identity, session } = useConsole()
  const [isOpen, setOpen] = useState(false)
  const [theme, setTheme] = useState(chosenTheme)
  const choose = (next: Theme) => {
    chooseTheme(next)
    setTheme(next)
  }
  return (
    <Dropdown
      isOpen={isOpen}
      onOpenChange={setOpen}
      onSelect={() => setOpen(false)}
      popperProps={{ position: 'right' }}
      toggle={(reference) => (
        <MenuToggle
          ref={reference}
          isExpanded={isOpen}
          onClick={() => setOpen(!isOpen)}
          aria-label={`User menu, ${identity.email}`}
        >
          <span className="gh-user">{identity.email}</span>
        </MenuToggle>
      )}
    >
      <DropdownGroup label="Theme">
        <DropdownList>
          {Object.entries(THEMES).map(([name, label]) => (
            <DropdownItem key={name} isSelected={theme === name} onClick={() => choose(name as Theme)}>
              {label}
            </DropdownItem>
          ))}
        </DropdownList>
      </DropdownGroup>
      <Divider />
      <DropdownList>
        <DropdownItem onClick={() => void session.logout()}>Log out</DropdownItem>
      </DropdownList>
    </Dropdown>
  )
}
