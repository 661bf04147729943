/**
 * Whether a browser that is opened shows on the screen of the person who typed the command: not over SSH,
 * and on Linux only where there is a display. Pure.
 */
export function isDesktop(
  env: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform,
): boolean {
  if (env['SSH_CONNECTION']) return false
  if (platform === 'darwin' || platform === 'win32') return true
  return Boolean(env['DISPLAY'] || env['WAYLAND_DISPLAY'])
}

/** Opens the person's browser. That it does not open is no error: the link is on the terminal, too. */
export async function openBrowser(link: string): Promise<void> {
  const { default: open } = await import('open')
  const opener = await open(link)
  opener.on('error', () => undefined)
}
