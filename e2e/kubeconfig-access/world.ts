import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Chromium } from '@gatehouse/browser'
import { download } from '@gatehouse/e2e-path-b/download'
import type { TestStack } from '@gatehouse/e2e-path-b/gatehouse'
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

/** A stack that runs, and a browser for the people who log in, which is the world's. */
export async function openWorld(stack: TestStack): Promise<World> {
  await using owned = new AsyncDisposableStack()
  const chromium = owned.use(await openBrowser(stack))
  const authority = await readFile(stack.status.certificateAuthorityFile, 'utf8')
  const generator = { urls: { generator: stack.status.urls['kubeconfig-generator']! }, authority }
  const newHome = () => mkdtemp(join(stack.directory, 'home-'))
  const resources = owned.move()
  return {
    stack,
    chromium,
    newHome,
    async fileOf(person, query) {
      const token = await stack.idToken(person)
      const { status, text } = await download(generator, token, `/kube-config?${query}`)
      if (status !== 200) throw new Error(`the generator answered ${status}: ${text}`)
      const file = join(await newHome(), 'kubeconfig.yml')
      await writeFile(file, text, { mode: 0o600 })
      return file
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  }
}
