import type { Terminal } from '@gatehouse/e2e-path-b/gatehouse'
import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { consoleOf, follow } from './browser.ts'
import type { PathA } from './use-path-a.ts'

const DEVELOPER = 'developer@kyma.cx'

/** Create, edit, conflict, scale, restart, delete; hidden secrets; pages for what is not there. Leaves its objects in the namespace demo. */
export function testEditing(pathA: PathA): void {
  describe('editing', () => {
    let page: Page
    let terminal: Terminal
    beforeAll(async () => {
      page = await pathA.browser.newPage()
      terminal = await pathA.stack.terminalOf(DEVELOPER)
      // Who may not list namespaces types one, and works.
      await pathA.browser.logIn(page, DEVELOPER)
      await page.locator('[data-page=no-namespace]').getByLabel('Namespace').fill('demo')
      await page.keyboard.press('Enter')
      await page.getByRole('link', { name: 'Config maps' }).click()
      await page.locator('[data-phase=live]').waitFor()
    })

    const button = (name: string) => page.getByRole('button', { name, exact: true })
    const editor = () => page.getByLabel('YAML', { exact: true })
    const open = (path: string) => follow(page, `/resources/${path}?namespace=demo`)

    /** What kubectl sees of an object. */
    const valueOf = async (kind: string, name: string, path: string) =>
      (await terminal.kubectl('get', kind, name, '-n', 'demo', '-o', `jsonpath={${path}}`)).stdout

    /** Opens the editor of the object that is shown and changes its text. */
    async function edit(change: (text: string) => string): Promise<void> {
      await button('Edit').click()
      await editor().fill(change(await editor().inputValue()))
    }

    test('an object is created from YAML, and its page opens', async () => {
      await page.getByRole('link', { name: 'Create ConfigMap' }).click()
      await editor().fill(
        '{apiVersion: v1, kind: ConfigMap, metadata: {name: made}, data: {one: "1", two: "2"}}',
      )
      await button('Create').click()
      await page.getByRole('heading', { name: 'ConfigMap made' }).waitFor()
      expect(await valueOf('configmap', 'made', '.data')).toBe('{"one":"1","two":"2"}')
    })

    test('what is no object, or not served, or refused, is told, and what was typed stays', async () => {
      await page.goto(`${consoleOf(pathA.stack)}/create/core/v1/configmaps?namespace=demo`)
      for (const [text, reason] of [
        ['a: [', /flow sequence|Flow/],
        ['{apiVersion: v1, kind: Nonsense, metadata: {name: x}}', 'serves no Nonsense'],
        ['{apiVersion: v1, kind: ConfigMap, metadata: {name: NOT-A-NAME}}', 'RFC 1123'],
        ['{apiVersion: v1, kind: ConfigMap, metadata: {name: x, namespace: kube-system}}', 'is forbidden'],
      ] as const) {
        await editor().fill(text)
        await button('Create').click()
        await page.getByText(reason).first().waitFor()
        expect(await editor().inputValue()).toBe(text)
      }
    })

    test('an edit is applied; what is taken away is gone', async () => {
      await open('core/v1/configmaps/demo/made')
      await edit((text) => text.replace('one: "1"', 'one: "edited"'))
      await button('Save').click()
      await expect.poll(() => valueOf('configmap', 'made', '.data')).toBe('{"one":"edited","two":"2"}')
      await page.getByLabel('YAML', { exact: true }).waitFor({ state: 'detached' })
      await edit((text) => text.replace(/ {2}two: .*\n/, ''))
      await button('Save').click()
      await expect.poll(() => valueOf('configmap', 'made', '.data')).toBe('{"one":"edited"}')
    })

    test('a field that somebody else manages is a conflict, which names them, and can be overwritten', async () => {
      const theirs =
        'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: shared, namespace: demo}\ndata: {key: theirs}\n'
      await terminal.kubectlWith(theirs, 'apply', '--server-side', '-f', '-')
      await open('core/v1/configmaps/demo/shared')
      await edit((text) => text.replace('key: theirs', 'key: mine'))
      await button('Save').click()
      const conflict = page.locator('[data-page=conflict]')
      await conflict.waitFor()
      expect(await conflict.innerText()).toMatch(/\.data\.key.*conflict with "kubectl"/s)
      expect(await valueOf('configmap', 'shared', '.data.key')).toBe('theirs')
      await button('Overwrite').click()
      await expect.poll(() => valueOf('configmap', 'shared', '.data.key')).toBe('mine')
    })

    test('an object that was changed while it was edited is not overwritten unasked', async () => {
      await terminal.kubectl(
        'create',
        'configmap',
        'raced',
        '-n',
        'demo',
        '--from-literal=a=1',
        '--from-literal=b=1',
      )
      await open('core/v1/configmaps/demo/raced')
      await edit((text) => text.replace(/ {2}a: .*\n/, ''))
      await terminal.kubectl('patch', 'configmap', 'raced', '-n', 'demo', '-p', '{"data":{"b":"2"}}')
      await button('Save').click()
      await page.locator('[data-page=conflict]').waitFor()
      await button('Take theirs and edit again').click()
      expect(await editor().inputValue()).toMatch(/a: "1"\n {2}b: "2"/)
      await page.keyboard.press('Escape')
    })

    test('a deployment is scaled and restarted', async () => {
      await open('apps/v1/deployments/demo/hello')
      await button('Scale').click()
      await page.getByLabel('Replicas').fill('3')
      await page.getByRole('dialog').getByRole('button', { name: 'Scale' }).click()
      await expect.poll(() => valueOf('deployment', 'hello', '.spec.replicas')).toBe('3')
      await button('Restart').click()
      await page.getByRole('dialog').getByRole('button', { name: 'Restart' }).click()
      const restartedAt = '.spec.template.metadata.annotations.kubectl\\.kubernetes\\.io/restartedAt'
      await expect.poll(() => valueOf('deployment', 'hello', restartedAt)).toMatch(/^20\d\d-/)
    })

    test('a secret shows its values only when asked, one by one', async () => {
      await open('core/v1/secrets/demo/hello')
      await button('Reveal password').waitFor()
      expect(await page.content()).not.toMatch(/not-a-secret|bm90LWEtc2VjcmV0/)
      await page.getByRole('tab', { name: 'YAML' }).click()
      await page.getByText('password: (hidden)').waitFor()
      expect(await page.content()).not.toMatch(/not-a-secret|bm90LWEtc2VjcmV0/)
      await page.getByRole('tab', { name: 'Details' }).click()
      await button('Reveal password').click()
      await expect.poll(() => page.getByLabel('password', { exact: true }).inputValue()).toBe('not-a-secret')
    })

    test('an object is deleted, after a question, and the page of one that is gone says so', async () => {
      await open('core/v1/configmaps/demo/made')
      await button('Delete').click()
      await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
      await page.waitForURL(/\/resources\/core\/v1\/configmaps\?/)
      await page.locator('[data-phase=live]').waitFor()
      await expect.poll(() => page.locator('tr[data-name=made]').count()).toBe(0)
      expect(await valueOf('configmap', 'made', '.data')).toBe('')
      await open('core/v1/configmaps/demo/made')
      await page.locator('[data-page=problem-404]').waitFor()
    })

    test('events of an object are shown', async () => {
      await terminal.kubectl(
        'wait',
        'deployment/hello',
        '-n',
        'demo',
        '--for=condition=Available',
        '--timeout=30s',
      )
      await open('apps/v1/deployments/demo/hello')
      await page.getByRole('tab', { name: 'Events' }).click()
      await expect.poll(() => page.getByText('ScalingReplicaSet').count()).toBeGreaterThan(0)
    })

    test('addresses that lead nowhere have a page of their own', async () => {
      for (const [path, name] of [
        ['/nothing/here', 'not-found'],
        ['/resources/core/v1/unicorns', 'problem-404'],
        ['/resources/core/v1/configmaps?namespace=does-not-exist', 'denied'],
        ['/resources/core/v1/pods', 'no-namespace'],
      ] as const) {
        await follow(page, path)
        await expect.poll(() => page.locator(`[data-page=${name}]`).count()).toBe(1)
      }
    })
  })
}
