import type { LoginSurroundings } from '../src/get-tokens.ts'
import type { LoginSettings } from '../src/settings.ts'
import { Browser, type Shown } from './browser.ts'

/** Somebody who logs in whenever a link or a code is shown. */
export interface Person {
  readonly surroundings: LoginSurroundings
  /** What was printed. */
  readonly said: string[]
  /** What the browser shows at the end of each login. */
  readonly pages: Promise<Shown>[]
}

/** A person called `name` at a terminal, with a browser that opens by itself. */
export function person(
  name: string,
  settings: LoginSettings,
  changes: Partial<LoginSurroundings> & Pick<LoginSurroundings, 'cacheDirectory'>,
): Person {
  const said: string[] = []
  const pages: Promise<Shown>[] = []
  const logIn = async (link: string) => {
    const browser = new Browser(settings)
    return browser.submitAll(await browser.open(link), { login: name, password: 'any', confirm: 'yes' })
  }
  return {
    said,
    pages,
    surroundings: {
      method: 'auto',
      anew: false,
      terminal: true,
      desktop: true,
      openBrowser: async (link) => void pages.push(logIn(link)),
      say: (sentence) => {
        said.push(sentence)
        const device = /open (\S+) in a browser\. The code is/.exec(sentence)
        if (device) pages.push(logIn(device[1]!))
      },
      timeoutSeconds: 20,
      signal: new AbortController().signal,
      ...changes,
    },
  }
}
