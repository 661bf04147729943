import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { consoleOf, follow } from './browser.ts'
import type { PathA } from './use-path-a.ts'

const ADMIN = 'admin@kyma.cx'
/** Text that would run in a page that took it for markup, in the ways that are known to work. */
const ATTACKS = [
  '<img src=x onerror="window.pwned=1">',
  '<script>window.pwned=1</script>',
  '"><svg onload="window.pwned=1">',
  'javascript:window.pwned=1',
  '{{constructor.constructor("window.pwned=1")()}}',
  '${window.pwned=1}',
]
const ATTACK = ATTACKS.join(' ')

/** Texts of the cluster and of addresses that try to be code. Leaves its objects. */
export function testHostileContent(pathA: PathA): void {
  describe('hostile content', () => {
    let page: Page
    beforeAll(async () => {
      const terminal = await pathA.stack.terminalOf(ADMIN)
      const apply = async (objects: readonly object[]) => {
        const text = objects.map((object) => stringify(object)).join('---\n')
        const ended = await terminal.kubectlWith(text, 'apply', '--server-side', '-f', '-')
        expect(ended).toMatchObject({ exitCode: 0 })
      }
      await apply([
        {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: { name: 'hostile', namespace: 'demo', annotations: { attack: ATTACK } },
          data: Object.fromEntries(ATTACKS.map((attack, index) => [`attack-${index}`, attack])),
        },
        {
          apiVersion: 'v1',
          kind: 'Secret',
          metadata: { name: 'hostile', namespace: 'demo' },
          stringData: { attack: ATTACK },
        },
        {
          apiVersion: 'v1',
          kind: 'Event',
          metadata: { name: 'hostile', namespace: 'demo' },
          involvedObject: { apiVersion: 'v1', kind: 'ConfigMap', name: 'hostile', namespace: 'demo' },
          reason: ATTACKS[0],
          message: ATTACK,
          type: 'Warning',
        },
        {
          apiVersion: 'apiextensions.k8s.io/v1',
          kind: 'CustomResourceDefinition',
          metadata: { name: 'attacks.hostile.example' },
          spec: {
            group: 'hostile.example',
            scope: 'Namespaced',
            names: { plural: 'attacks', singular: 'attack', kind: 'Attack' },
            versions: [
              {
                name: 'v1',
                served: true,
                storage: true,
                additionalPrinterColumns: [
                  { name: ATTACKS[0], description: ATTACK, type: 'string', jsonPath: '.spec.text' },
                ],
                schema: {
                  openAPIV3Schema: {
                    type: 'object',
                    properties: { spec: { type: 'object', properties: { text: { type: 'string' } } } },
                  },
                },
              },
            ],
          },
        },
        {
          apiVersion: 'rbac.authorization.k8s.io/v1',
          kind: 'Role',
          metadata: { name: 'hostile', namespace: 'demo' },
          rules: [{ apiGroups: [''], resources: ['pods'], resourceNames: [ATTACK], verbs: ['get'] }],
        },
      ])
      await terminal.kubectl(
        'wait',
        'crd/attacks.hostile.example',
        '--for=condition=Established',
        '--timeout=30s',
      )
      await apply([
        {
          apiVersion: 'hostile.example/v1',
          kind: 'Attack',
          metadata: { name: 'one', namespace: 'demo' },
          spec: { text: ATTACK },
        },
      ])
      page = await pathA.browser.newPage()
      await pathA.browser.logIn(page, ADMIN)
    })

    /** What ran, what became an element, and links that lead out of the web. */
    async function activeContent(): Promise<unknown[]> {
      const elements = 'img[src=x], svg[onload], body script, a[href^="javascript:"]'
      const ran: unknown = await page.evaluate('window.pwned')
      return [...(ran === undefined ? [] : ['a script ran']), ...(await page.locator(elements).all())]
    }

    test.each([
      ['annotations and data as fields', 'core/v1/configmaps/demo/hostile', undefined, 'onerror'],
      ['an object as YAML', 'core/v1/configmaps/demo/hostile', 'YAML', 'window.pwned=1'],
      ['the message of an event', 'core/v1/events/demo/hostile', 'YAML', 'onerror'],
      ['events in a list', 'core/v1/events', undefined, 'onerror'],
      ['columns and cells of a custom resource', 'hostile.example/v1/attacks', undefined, 'onerror'],
      ['a custom resource', 'hostile.example/v1/attacks/demo/one', 'YAML', 'onerror'],
      ['the rules of a role', 'rbac.authorization.k8s.io/v1/roles/demo/hostile', undefined, 'onerror'],
    ])('%s: an attack is shown as the text that it is', async (_, path, tab, shown) => {
      await follow(page, `/resources/${path}?namespace=demo`)
      await page.locator('main [data-page]').first().waitFor()
      if (tab) await page.getByRole('tab', { name: tab }).click()
      await expect.poll(() => textAndValues(page)).toContain(shown)
      expect(await activeContent()).toEqual([])
    })

    /** Text fields hold text, too. */
    const textAndValues = (tab: Page) =>
      tab.evaluate<string>(
        "document.body.innerText + [...document.querySelectorAll('input, textarea')].map((one) => one.value).join()",
      )

    test('a secret that is revealed is text, too', async () => {
      await follow(page, '/resources/core/v1/secrets/demo/hostile')
      await page.getByRole('button', { name: 'Reveal attack' }).click()
      await expect.poll(() => textAndValues(page)).toContain('onerror')
      expect(await activeContent()).toEqual([])
    })

    test.each([
      `/?namespace=${encodeURIComponent(ATTACK)}`,
      `/resources/${encodeURIComponent('<img src=x onerror=window.pwned=1>')}/v1/x`,
      `/resources/core/v1/pods/demo/${encodeURIComponent('<svg onload=window.pwned=1>')}`,
      `/signed-in?error=${encodeURIComponent(ATTACK)}&error_description=${encodeURIComponent(ATTACK)}&state=x`,
      '/resources/javascript:window.pwned=1/v1/x',
    ])('what stands in the address is text, too: %s', async (path) => {
      await page.goto(`${consoleOf(pathA.stack)}${path}`)
      await page.locator('main [data-page], main[data-page=login-failed]').first().waitFor()
      expect(await activeContent()).toEqual([])
    })

    test('not even a script of ours could make markup of a text, nor load anything from elsewhere', async () => {
      await page.goto(consoleOf(pathA.stack))
      await page.locator('[data-page=overview]').waitFor()
      const outcome = await page.evaluate<string>(
        "(() => { try { document.body.innerHTML = '<b>x</b>'; return 'done' } catch (error) { return error.name } })()",
      )
      expect(outcome).toBe('TypeError')
      const fetched = await page.evaluate<string>(
        "fetch('https://attacker.example/').then(() => 'done', (error) => error.name)",
      )
      expect(fetched).toBe('TypeError')
    })
  })
}
