/** What a person chose; `system` follows the machine. */
export type Theme = 'system' | 'light' | 'dark'

const KEY = 'gatehouse.theme'
const DARK_CLASS = 'pf-v6-theme-dark'
const prefersDark = () => matchMedia('(prefers-color-scheme: dark)')

export function chosenTheme(): Theme {
  const stored = localStorage.getItem(KEY)
  return stored === 'light' || stored === 'dark' ? stored : 'system'
}

/** Keeps the choice for the next time; a preference, so it may outlive the tab. */
export function chooseTheme(theme: Theme): void {
  localStorage.setItem(KEY, theme)
  show()
}

/** Shows the chosen theme, and follows the machine from now on. */
export function applyTheme(): void {
  show()
  prefersDark().addEventListener('change', show)
}

function show(): void {
  const theme = chosenTheme()
  const isDark = theme === 'dark' || (theme === 'system' && prefersDark().matches)
  document.documentElement.classList.toggle(DARK_CLASS, isDark)
}
