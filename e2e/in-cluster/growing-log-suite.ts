import { openBrowser } from '@gatehouse/e2e-path-a/browser'
import { POD_IMAGE } from '@gatehouse/e2e-path-b/pods'
import { expect, test } from 'vitest'
import type { World } from './world.ts'

/** What no embedded cluster can show, since nothing runs in its containers. */
export function testGrowingLog(opened: () => World): void {
  test('a log grows before one’s eyes, line by line', async () => {
    const { kubectl } = opened()
    const name = 'counting'
    const count = 'n=0; while n=$((n + 1)); do echo "line $n"; sleep 0.5; done'
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'demo' },
      spec: {
        terminationGracePeriodSeconds: 0,
        containers: [{ name, image: POD_IMAGE, imagePullPolicy: 'Never', command: ['sh', '-c', count] }],
      },
    }
    await kubectl(['apply', '-f', '-'], JSON.stringify(pod))
    await kubectl(['wait', '-n', 'demo', '--for=condition=Ready', `pod/${name}`, '--timeout=60s'])
    await using browser = await openBrowser(opened())
    const page = await browser.newPage()
    await browser.logIn(page, 'admin@kyma.cx', `/resources/core/v1/pods/demo/${name}`)
    await page.getByRole('tab', { name: 'Log' }).click()
    const lines = page.locator('.gh-log-lines')
    const last = async () => Number(/line (\d+)\s*$/.exec(await lines.innerText())?.[1] ?? 0)
    await expect.poll(last).toBeGreaterThan(0)
    const seen = await last()
    await expect.poll(last).toBeGreaterThan(seen + 2)
    await kubectl(['delete', '-n', 'demo', 'pod', name])
  })
}
