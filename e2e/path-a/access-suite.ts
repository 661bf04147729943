import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { apiServerAs, type ApiServer, type Attempt } from './api-server.ts'
import { attributesOf, follow, settled, tokenOf } from './browser.ts'
import { PEOPLE } from './people.ts'
import type { PathA } from './use-path-a.ts'

/** The kinds of the navigation: how the page calls them, where the API has them, whether they have namespaces. */
const KINDS: readonly (readonly [kind: string, base: string, namespaced: boolean])[] = [
  ['namespaces.', '/api/v1', false],
  ['nodes.', '/api/v1', false],
  ['events.', '/api/v1', true],
  ['customresourcedefinitions.apiextensions.k8s.io', '/apis/apiextensions.k8s.io/v1', false],
  ['deployments.apps', '/apis/apps/v1', true],
  ['statefulsets.apps', '/apis/apps/v1', true],
  ['daemonsets.apps', '/apis/apps/v1', true],
  ['replicasets.apps', '/apis/apps/v1', true],
  ['pods.', '/api/v1', true],
  ['jobs.batch', '/apis/batch/v1', true],
  ['cronjobs.batch', '/apis/batch/v1', true],
  ['configmaps.', '/api/v1', true],
  ['secrets.', '/api/v1', true],
  ['services.', '/api/v1', true],
  ['ingresses.networking.k8s.io', '/apis/networking.k8s.io/v1', true],
  ['roles.rbac.authorization.k8s.io', '/apis/rbac.authorization.k8s.io/v1', true],
  ['rolebindings.rbac.authorization.k8s.io', '/apis/rbac.authorization.k8s.io/v1', true],
  ['clusterroles.rbac.authorization.k8s.io', '/apis/rbac.authorization.k8s.io/v1', false],
  ['clusterrolebindings.rbac.authorization.k8s.io', '/apis/rbac.authorization.k8s.io/v1', false],
  ['serviceaccounts.', '/api/v1', true],
]

/** Objects that are there: their address in the console, in the API, and what the console may offer for them. */
const OBJECTS = [
  ['apps/v1/deployments/demo/hello', '/apis/apps/v1/namespaces/demo/deployments/hello', ['scale', 'restart']],
  ['core/v1/configmaps/demo/hello', '/api/v1/namespaces/demo/configmaps/hello', []],
  ['core/v1/secrets/workshop/hello', '/api/v1/namespaces/workshop/secrets/hello', []],
  ['core/v1/services/demo/hello', '/api/v1/namespaces/demo/services/hello', []],
  [
    'core/v1/configmaps/kube-system/kube-root-ca.crt',
    '/api/v1/namespaces/kube-system/configmaps/kube-root-ca.crt',
    [],
  ],
  ['core/v1/namespaces/demo', '/api/v1/namespaces/demo', []],
  ['core/v1/namespaces/kube-system', '/api/v1/namespaces/kube-system', []],
  ['core/v1/nodes/gatehouse-node', '/api/v1/nodes/gatehouse-node', []],
  [
    'rbac.authorization.k8s.io/v1/clusterroles/view',
    '/apis/rbac.authorization.k8s.io/v1/clusterroles/view',
    [],
  ],
] as const

const NEW = { metadata: { name: 'probe' } }
const RBAC = 'rbac.authorization.k8s.io/v1'
/** Lists whose page may offer to create one, with an object that the API takes. */
const CREATABLE: readonly (readonly [
  address: string,
  namespace: string | undefined,
  path: string,
  body: object,
])[] = [
  ['core/v1/configmaps', 'demo', '/api/v1/namespaces/demo/configmaps', NEW],
  ['core/v1/secrets', 'demo', '/api/v1/namespaces/demo/secrets', NEW],
  ['core/v1/configmaps', 'kube-system', '/api/v1/namespaces/kube-system/configmaps', NEW],
  [`${RBAC}/roles`, 'demo', `/apis/${RBAC}/namespaces/demo/roles`, { ...NEW, rules: [] }],
  [`${RBAC}/clusterroles`, undefined, `/apis/${RBAC}/clusterroles`, { ...NEW, rules: [] }],
  ['core/v1/namespaces', undefined, '/api/v1/namespaces', NEW],
]

/** What the console shows and offers to each person, compared with what the API server answers to the same requests. */
export function testAccess(pathA: PathA): void {
  describe('what each person is offered', () => {
    const openIn = async (page: Page, path: string, namespace?: string) => {
      await follow(page, namespace === undefined ? path : `${path}?namespace=${namespace}`)
      await page.locator('main [data-page]').first().waitFor()
      await settled(page)
    }

    /** Whether the API server let it pass; what is neither a yes nor a no fails the test. */
    async function isAllowed(server: ApiServer, attempt: Attempt): Promise<boolean> {
      const code = await server.attempt(attempt)
      expect([200, 201, 202, 403], `${attempt.method} ${attempt.path} answered ${code}`).toContain(code)
      return code !== 403
    }

    /** A pod that runs, in the namespace demo. */
    let pod: string
    beforeAll(async () => {
      const { kubectl } = await pathA.stack.terminalOf('admin@kyma.cx')
      await kubectl('-n', 'demo', 'wait', '--for=condition=Ready', 'pod', '--all', '--timeout=60s')
      pod = (await kubectl('-n', 'demo', 'get', 'pods', '-o', 'name')).stdout.split(/[/\n]/)[1]!
    })

    /** Resolves when the console knows whether it may offer `verb` of that pod's `subresource`. */
    const answerAbout = (page: Page, verb: string, subresource: string) =>
      page.waitForResponse((response) => {
        if (!response.url().endsWith('/selfsubjectaccessreviews')) return false
        const { spec } = response.request().postDataJSON() as {
          spec: { resourceAttributes: Record<string, string> }
        }
        const asked = spec.resourceAttributes
        return asked['verb'] === verb && asked['subresource'] === subresource && asked['name'] === pod
      })

    describe.each(PEOPLE)('%s', (email) => {
      let page: Page
      let server: ApiServer
      beforeAll(async () => {
        page = await pathA.browser.newPage()
        await pathA.browser.logIn(page, email)
        server = await apiServerAs(pathA.stack, await tokenOf(page))
      })
      afterAll(async () => {
        await server?.[Symbol.asyncDispose]()
        await page?.context().close()
      })

      test.each([undefined, 'demo', 'kube-system'])(
        'the navigation has exactly what the API server lets them list (namespace: %s)',
        async (namespace) => {
          await openIn(page, '/', namespace)
          const expected: string[] = []
          for (const [kind, base, namespaced] of KINDS) {
            const scope = namespaced && namespace !== undefined ? `/namespaces/${namespace}` : ''
            if (
              await isAllowed(server, { method: 'GET', path: `${base}${scope}/${kind.split('.', 1)[0]}` })
            ) {
              expected.push(kind)
            }
          }
          expect(await attributesOf(page, 'data-kind')).toEqual(expected.toSorted())
        },
      )

      test.each(OBJECTS)(
        'of %s they see and are offered what the API server allows',
        async (address, path, more) => {
          await openIn(page, `/resources/${address}`)
          const maySee = await isAllowed(server, { method: 'GET', path })
          const expected: string[] = []
          const may = (method: 'PATCH' | 'DELETE', target: string) =>
            isAllowed(server, { method, path: target, ...(method === 'PATCH' ? { body: {} } : {}) })
          if (maySee) {
            if (await may('PATCH', path)) expected.push('edit', ...more.filter((id) => id === 'restart'))
            if (more.some((id) => id === 'scale') && (await may('PATCH', `${path}/scale`)))
              expected.push('scale')
            if (await mayDelete(server, path)) expected.push('delete')
          }
          await page.locator(maySee ? '[role=tablist]' : '[data-page=denied]').waitFor()
          await settled(page)
          expect(await attributesOf(page, 'data-action')).toEqual(expected.toSorted())
        },
      )

      test.each(CREATABLE)(
        '%s in %s: creating is offered where the API server allows it',
        async (address, namespace, path, body) => {
          await openIn(page, `/resources/${address}`, namespace)
          const mayList = await isAllowed(server, { method: 'GET', path })
          await page.locator(mayList ? '[role=status]' : '[data-page=denied]').waitFor()
          await settled(page)
          const expected = (await isAllowed(server, { method: 'POST', path, body })) ? ['create'] : []
          expect(await attributesOf(page, 'data-action')).toEqual(expected)
        },
      )

      test('of a pod they are offered the log and the terminal that the API server allows', async () => {
        await Promise.all([
          answerAbout(page, 'get', 'log'),
          answerAbout(page, 'get', 'exec'),
          answerAbout(page, 'create', 'exec'),
          follow(page, `/resources/core/v1/pods/demo/${pod}`),
        ])
        const may = (verb: string, subresource?: string) =>
          server.review({ verb, resource: 'pods', namespace: 'demo', name: pod, subresource })
        const expected: string[] = []
        const maySee = await may('get')
        if (maySee && (await may('get', 'log'))) expected.push('Log')
        if (maySee && (await may('get', 'exec')) && (await may('create', 'exec'))) expected.push('Terminal')
        await page.locator(maySee ? '[role=tablist]' : '[data-page=denied]').waitFor()
        const offered = async () => {
          const titles = await page.locator('[role=tab]').allInnerTexts()
          return titles.filter((title) => title === 'Log' || title === 'Terminal')
        }
        await expect.poll(offered).toEqual(expected)
      })
    })

    test('the admin kubeconfig that the console offers works, and says who downloaded it', async () => {
      const page = await pathA.browser.newPage()
      await pathA.browser.logIn(page, 'admin@kyma.cx', '/administration')
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: 'Download admin kubeconfig' }).click(),
      ])
      const file = join(pathA.stack.directory, 'admin-download.yml')
      await download.saveAs(file)
      const whoami = ['auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username}']
      expect(await pathA.stack.terminalAt(file).kubectl(...whoami)).toMatchObject({
        exitCode: 0,
        stdout: expect.stringContaining('admin@kyma.cx'),
      })
      await page.context().close()
    })

    /** Nobody can delete `kube-system`: the API server refuses that after authorization, with 403 as well. */
    async function mayDelete(server: ApiServer, path: string): Promise<boolean> {
      if (path !== '/api/v1/namespaces/kube-system') return isAllowed(server, { method: 'DELETE', path })
      const name = 'kube-system'
      return server.review({ verb: 'delete', resource: 'namespaces', namespace: name, name })
    }
  })
}
