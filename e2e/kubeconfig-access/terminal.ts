import { execa } from 'execa'
import { logIn } from './person.ts'
import type { World } from './world.ts'

/** A command of somebody with a home of their own. */
export interface Command {
  readonly program: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

/** How a command ended, and what the browser showed at the end of each login that it asked for. */
export interface RanWithPerson {
  readonly exitCode: number | undefined
  readonly stdout: string
  readonly stderr: string
  readonly pages: readonly string[]
}

/** The sentences of plugins that ask for a browser, with the link. */
const ASKS = [
  /To log in, open (https?:\/\/\S+) in a browser/,
  // kubelogin's
  /Please visit the following URL in your browser(?: manually)?: (https?:\/\/\S+)/,
]

/** Runs a command without a terminal; when it asks for a browser, the person is there with one. */
export async function runWithPerson(
  { stack, chromium }: Pick<World, 'stack' | 'chromium'>,
  person: string,
  { program, args, env }: Command,
): Promise<RanWithPerson> {
  const running = execa(program, args, {
    env,
    extendEnv: false,
    reject: false,
    stdin: 'ignore',
    timeout: 60_000,
  })
  const pages: Promise<string>[] = []
  for await (const line of running.iterable({ from: 'stderr' })) {
    const link = ASKS.map((ask) => ask.exec(line)?.[1]).find((found) => found !== undefined)
    if (link !== undefined) pages.push(logIn(chromium, stack, person, link))
  }
  const { exitCode, stdout, stderr } = await running
  return { exitCode, stdout, stderr, pages: await Promise.all(pages) }
}
