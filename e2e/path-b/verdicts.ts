import { expect, test } from 'vitest'
import { readFinding, writeFinding } from './findings.ts'
import { startTestStack } from './gatehouse.ts'
import { type Site, siteOf } from './site.ts'

/** What people are told by one way in, by question. */
export type Verdicts = Readonly<Record<string, string>>

/**
 * Reports what was told here, and tells whether it is what is told on the embedded cluster: by the report of this
 * run, or where there is none by `ask`, on a stack for it.
 */
export function testSameVerdicts(
  part: 'path-a' | 'kubeconfig-access',
  opened: () => { readonly site: Site; readonly told: Verdicts },
  ask: (site: Site) => Promise<Verdicts>,
): void {
  test('everybody is told the same as on the embedded cluster', { timeout: 300_000 }, async () => {
    const { site, told } = opened()
    expect(Object.keys(told)).not.toEqual([])
    await writeFinding(`${part}-${site.provider}`, told)
    if (site.provider === 'embedded') return
    expect(told).toEqual((await readFinding<Verdicts>(`${part}-embedded`)) ?? (await askEmbedded(ask)))
  })
}

async function askEmbedded(ask: (site: Site) => Promise<Verdicts>): Promise<Verdicts> {
  await using stack = await startTestStack()
  return await ask(await siteOf(stack, 'embedded'))
}
