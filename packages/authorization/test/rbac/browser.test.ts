import { join } from 'node:path'
import { createContext, runInContext } from 'node:vm'
import { build } from 'vite'
import { expect, test } from 'vitest'
import { objectsOf } from './access.ts'

test('the evaluator runs where there is nothing but the language, as in a browser', async () => {
  const output = await build({
    configFile: false,
    logLevel: 'silent',
    build: {
      write: false,
      minify: false,
      lib: { entry: join(import.meta.dirname, '../../src/rbac/index.ts'), formats: ['iife'], name: 'rbac' },
    },
  })
  const [bundle] = Array.isArray(output) ? output : []
  const code = bundle?.output[0].code ?? ''
  expect(code).not.toMatch(/node:|__vite-browser-external|require\(/)

  const rules = [{ apiGroups: [''], resources: ['pods'], verbs: ['list'] }]
  const objects = objectsOf('browser', [{ rules, to: { kind: 'User', name: 'jane' } }])
  const context = createContext({ objects: JSON.stringify(objects) })
  const explained: unknown = runInContext(
    `${code}
    const policy = rbac.rbacPolicy(JSON.parse(objects))
    const may = (verb) => rbac.explain(policy, { name: 'jane', groups: [] }, { verb, resource: 'pods' })
    JSON.stringify([may('list').allowed, may('delete').allowed, may('delete').sentences.length])`,
    context,
  )
  expect(explained).toBe('[true,false,3]')
})
