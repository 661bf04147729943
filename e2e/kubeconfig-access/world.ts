import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { localhostLookup } from '@gatehouse/authentication/login'
import type { Chromium } from '@gatehouse/browser'
import { startTestStack, type TestStack } from '@gatehouse/e2e-path-b/gatehouse'
import { Agent, request } from 'undici'
import { openBrowser } from './person.ts'

export const ADMIN = 'admin@kyma.cx'
export const DEVELOPER = 'developer@kyma.cx'

export interface World extends AsyncDisposable {
  readonly stack: TestStack
  readonly chromium: Chromium
  /** The person's file, as the generator sends it, in a file of its own. */
  readonly fileOf: (person: string, query: string) => Promise<string>
  /** A home in which nothing is yet. */
  readonly newHome: () => Promise<string>
}

/** A stack, and a browser for the people who log in. */
export async function openWorld(): Promise<World> {
  await using owned = new AsyncDisposableStack()
  const stack = owned.use(await startTestStack())
  const chromium = owned.use(await openBrowser(stack))
  const ca = await readFile(stack.status.certificateAuthorityFile)
  const agent = new Agent({ connect: { ca, lookup: localhostLookup } })
  owned.defer(() => agent.close())
  const newHome = () => mkdtemp(join(stack.directory, 'home-'))
  const resources = owned.move()
  return {
    stack,
    chromium,
    newHome,
    async fileOf(person, query) {
      const headers = { authorization: `Bearer ${await stack.idToken(person)}` }
      const url = `${stack.status.urls['kubeconfig-generator']}/kube-config?${query}`
      const { statusCode, body } = await request(url, { dispatcher: agent, headers })
      const text = await body.text()
      if (statusCode !== 200) throw new Error(`the generator answered ${statusCode}: ${text}`)
      const file = join(await newHome(), 'kubeconfig.yml')
      await writeFile(file, text, { mode: 0o600 })
      return file
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  }
}
