import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { openApiDocument } from '../src/openapi.ts'
import { type Answer, startGenerator } from './generator.ts'

const FILE = new URL('../../../docs/kubeconfig-generator.openapi.json', import.meta.url)
const ADMIN = { email: 'admin@kyma.cx', groups: ['runtimeAdmin'] }

interface Document {
  readonly paths: Record<string, Record<string, Operation>>
  readonly components: { readonly schemas: object }
}
interface Operation {
  readonly responses: Record<string, { readonly headers?: object; readonly content?: object }>
}
const document = openApiDocument() as unknown as Document

test('the document in docs is that of the service; `node scripts/openapi.ts` writes it', async () => {
  expect(JSON.parse(await readFile(FILE, 'utf8'))).toEqual(document)
})

/** Headers that HTTP itself has, or CORS. */
const OF_EVERY_ANSWER =
  /^(date|connection|keep-alive|content-|vary|cache-control|x-content-type|access-control-)/

/** Holds an answer to what the document says of it. */
function expectDocumented(path: string, method: string, answer: Answer) {
  const described = document.paths[path]![method]!.responses[answer.status]
  expect(described, `${method} ${path} answered ${answer.status}`).toBeDefined()
  const headers = new Set(Object.keys(described!.headers ?? {}).map((name) => name.toLowerCase()))
  const own = Object.keys(answer.headers).filter((name) => !OF_EVERY_ANSWER.test(name))
  for (const name of own) expect.soft(headers, `${answer.status} has ${name}`).toContain(name)
  // HEAD and OPTIONS have no body to describe.
  const type = answer.headers['content-type']
  expect.soft(Object.keys(described!.content ?? { [String(type)]: {} })).toContain(String(type))
}

test('every code that the service answers with is documented, with its headers and type', async () => {
  const { ask, issuer } = await startGenerator({ limits: { filesPerMinute: 6 } }, ({ ca }) => ({
    projects: [
      {
        name: 'default',
        assignments: [
          { role: 'Cluster Admin', groups: ['runtimeAdmin'] },
          { role: 'Cluster Viewer', groups: ['runtimeOperator'] },
        ],
      },
    ],
    clusters: [
      {
        id: 'dev',
        name: 'dev',
        project: 'default',
        server: 'https://127.0.0.1:1',
        certificateAuthorityFile: ca.certificateFile,
      },
    ],
  }))
  const token = await issuer.mint(ADMIN)
  const viewer = await issuer.mint({ email: 'v@kyma.cx', groups: ['runtimeOperator'] })
  const seen = new Set<string>()
  for (const path of Object.keys(document.paths)) {
    const real = path.replace('{clusterId}', 'dev')
    const other = path.replace('{clusterId}', 'other')
    const send = async (method: string, target: string, headers: Record<string, string> = {}) => {
      const answer = await ask({ method: method.toUpperCase(), path: target, headers })
      seen.add(`${answer.status} ${path}`)
      expectDocumented(path, method, answer)
    }
    const as = (bearer: string) => ({ authorization: `Bearer ${bearer}` })
    for (const method of ['get', 'head']) {
      await send(method, real, as(token))
      await send(method, real, as(viewer))
      await send(method, real)
      await send(method, `${real}?formt=exec`, as(token))
      if (other !== real) await send(method, other, as(token))
    }
    await send('options', real)
    const post = await ask({ method: 'POST', path: real })
    expect(document.paths[path]!['get']!.responses[post.status]).toBeDefined()
    seen.add(`${post.status} ${path}`)
  }
  // Until the limit of one user is reached.
  for (let count = 0; count < 12; count++) {
    const answer = await ask({ headers: { authorization: `Bearer ${token}` } })
    seen.add(`${answer.status} /kube-config`)
    expectDocumented('/kube-config', 'get', answer)
  }
  const codes = new Set([...seen].map((line) => Number(line.split(' ')[0])))
  expect([...codes].toSorted((one, two) => one - two)).toEqual([200, 204, 400, 401, 403, 404, 405, 429, 503])
})

test('every reference leads somewhere, and every placeholder is a parameter', () => {
  for (const [, name] of JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]*)"/g)) {
    expect(document.components.schemas).toHaveProperty(name!)
  }
  for (const [path, item] of Object.entries(document.paths)) {
    const { parameters } = item as unknown as { parameters: { name: string; in: string }[] }
    const placeholders = Array.from(path.matchAll(/\{(\w+)\}/g), ([, name]) => name)
    expect(parameters.filter((one) => one.in === 'path').map(({ name }) => name)).toEqual(placeholders)
  }
})
