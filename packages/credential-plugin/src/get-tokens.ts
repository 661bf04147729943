import type { LoginMethod } from './choose-login.ts'
import { CredentialPluginError } from './errors.ts'
import { checkSettings, type LoginSettings } from './settings.ts'
import { openTokenStore } from './token-store.ts'
import { isFresh, type Tokens } from './tokens.ts'

/** The world around a login. */
export interface LoginSurroundings {
  readonly cacheDirectory: string
  readonly method: LoginMethod
  /** Log in anew, whatever is cached. */
  readonly anew: boolean
  /** Whether somebody reads what `say` prints. */
  readonly terminal: boolean
  /** False where kubectl says that nobody is there to ask: its standard input is no terminal. */
  readonly interactive?: boolean | undefined
  /** Whether a browser can be expected to open on this screen. */
  readonly desktop: boolean
  readonly openBrowser: (link: string) => Promise<void>
  /** For the person; standard output belongs to kubectl. */
  readonly say: (sentence: string) => void
  readonly timeoutSeconds: number
  readonly signal: AbortSignal
}

/**
 * The tokens of a person: the cached ones while they are good, else refreshed ones, else those of a new login.
 *
 * @throws CredentialPluginError, and PrivateFilesError where the cache is not the user's alone
 */
export async function getTokens(settings: LoginSettings, surroundings: LoginSurroundings): Promise<Tokens> {
  checkSettings(settings)
  const { cacheDirectory, anew, say, timeoutSeconds } = surroundings
  const timeout = AbortSignal.timeout(timeoutSeconds * 1000)
  const signal = AbortSignal.any([surroundings.signal, timeout])
  const store = await openTokenStore(cacheDirectory, settings, {
    signal,
    onWait: () => say('Waiting for another gatehouse get-token, which is logging in.'),
  })
  const cached = async () => (anew ? undefined : store.read())
  const fresh = (tokens: Tokens | undefined) => (tokens && isFresh(tokens, Date.now()) ? tokens : undefined)
  const known = fresh(await cached())
  if (known) return known
  try {
    return await store.exclusively(async () => {
      // Somebody else may have logged in while we waited.
      const last = await cached()
      const meanwhile = fresh(last)
      if (meanwhile) return meanwhile
      // Loaded only here: most calls find good tokens, and kubectl waits for each.
      const { refreshOrLogIn } = await import('./refresh-or-log-in.ts')
      const tokens = await refreshOrLogIn(settings, last, { ...surroundings, signal })
      await store.write(tokens)
      return tokens
    })
  } catch (cause) {
    if (!timeout.aborted) throw cause
    const message = `nobody logged in at ${settings.issuer} within ${timeoutSeconds} s; try again`
    throw new CredentialPluginError('ERR_LOGIN_TIMEOUT', message, { cause })
  }
}
