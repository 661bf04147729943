import { chooseLogin } from './choose-login.ts'
import { CredentialPluginError } from './errors.ts'
import type { LoginSurroundings } from './get-tokens.ts'
import { type Issuer, openIssuer } from './issuer.ts'
import { loginByBrowser } from './login-by-browser.ts'
import { loginByDevice } from './login-by-device.ts'
import { refresh } from './refresh.ts'
import type { LoginSettings } from './settings.ts'
import type { Tokens } from './tokens.ts'

/**
 * New tokens: from the last login where the issuer lets us, else from the person.
 *
 * @throws CredentialPluginError; the signal's reason
 */
export async function refreshOrLogIn(
  settings: LoginSettings,
  last: Tokens | undefined,
  surroundings: LoginSurroundings,
): Promise<Tokens> {
  await using issuer = await openIssuer(settings, surroundings.signal)
  const refreshed = last && (await refresh(issuer, last, surroundings.signal))
  return refreshed ?? (await logIn(issuer, surroundings))
}

async function logIn(issuer: Issuer, surroundings: LoginSurroundings): Promise<Tokens> {
  const { method, terminal, interactive = true, desktop, say, openBrowser, signal } = surroundings
  const { device_authorization_endpoint: deviceEndpoint } = issuer.configuration.serverMetadata()
  const way = chooseLogin({
    asked: method,
    attended: terminal && interactive,
    desktop,
    deviceFlow: deviceEndpoint !== undefined,
  })
  if (way === undefined) {
    const why = terminal
      ? "kubectl's standard input is no terminal, so it asks nobody"
      : 'there is no terminal to ask in'
    throw new CredentialPluginError(
      'ERR_NO_TERMINAL',
      `a login at ${issuer.settings.issuer} is needed, and ${why}; run "kubectl auth whoami" once in a terminal, or set GATEHOUSE_LOGIN to browser, link or device`,
    )
  }
  if (way === 'device') return loginByDevice(issuer, { say, signal })
  const show = async (link: string) => {
    if (way === 'link') return say(`To log in, open ${link} in a browser on this machine.`)
    say(`To log in, use the browser that opens, or open ${link} in it yourself.`)
    await openBrowser(link)
  }
  return loginByBrowser(issuer, { show, signal })
}
