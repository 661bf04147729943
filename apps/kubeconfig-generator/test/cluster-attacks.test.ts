import { currentCluster, parseKubeconfig } from '@gatehouse/kubeconfig'
import { expect, test } from 'vitest'
import type { CatalogueInput } from '../src/catalogue/schema.ts'
import { type Generator, useGenerator } from './generator.ts'

const ADMIN = { email: 'admin@kyma.cx', groups: ['runtimeAdmin'] }
const fileOf = (id: string, file = 'kubeconfig') => `/v1/spectroclusters/${id}/assets/${file}`

/** A cluster that everybody in a role gets a file of, and one of a project where nobody here has a role. */
const catalogueOf = ({ ca, issuer }: Pick<Generator, 'ca' | 'issuer'>): CatalogueInput => {
  const cluster = {
    server: 'https://127.0.0.1:1',
    certificateAuthorityFile: ca.certificateFile,
    oidc: { issuerUrl: issuer.url, clientConfig: { clientId: issuer.audience } },
  }
  return {
    projects: [
      {
        name: 'default',
        assignments: [
          { role: 'Cluster Admin', groups: ['runtimeAdmin'] },
          { role: 'Cluster Viewer', groups: ['runtimeOperator'] },
        ],
      },
      { name: 'secret', assignments: [{ role: 'Cluster Admin', groups: ['others'] }] },
    ],
    clusters: [
      { ...cluster, id: 'dev', name: 'dev', project: 'default' },
      { ...cluster, id: 'hidden', name: 'hidden', project: 'secret' },
      {
        ...cluster,
        id: 'other-client',
        name: 'other-client',
        project: 'default',
        oidc: { ...cluster.oidc, clientConfig: { clientId: 'console' } },
      },
    ],
  }
}
const generator = useGenerator(
  { limits: { filesPerMinute: 100_000, failuresPerMinute: 100_000 } },
  catalogueOf,
)

test.each([
  fileOf('.'),
  fileOf('..'),
  fileOf('dev/../hidden'),
  fileOf('dev%2f..%2fhidden'),
  fileOf('%64ev'),
  fileOf('dev%00'),
  fileOf('dev;a=b'),
  fileOf('dev%20'),
  fileOf('DEV/'),
  `/${fileOf('dev')}`,
  `${fileOf('dev')}/`,
  `${fileOf('dev')}%3Fformat=exec`,
  fileOf('dev', 'kubeconfig/../adminkubeconfig'),
  fileOf('dev', 'AdminKubeconfig'),
])('the path %s leads nowhere', async (path) => {
  const { askAs } = generator()
  const answer = await askAs(ADMIN, path)
  expect(answer.status).toBe(404)
  expect(answer.text).not.toContain('certificate-authority-data')
})

test.each([
  ['no token', () => undefined, 'TokenMissing'],
  [
    'another audience',
    (issuer: Generator['issuer']) => issuer.mint({ ...ADMIN, aud: 'console' }),
    'TokenAudience',
  ],
  [
    'a foreign key',
    (issuer: Generator['issuer']) => issuer.mint(ADMIN, { foreignKey: true }),
    'TokenSignature',
  ],
  [
    'an end in the past',
    (issuer: Generator['issuer']) => issuer.mint({ ...ADMIN, exp: 1_700_000_000 }),
    'TokenExpired',
  ],
  [
    'a group of the system',
    (issuer: Generator['issuer']) => issuer.mint({ ...ADMIN, groups: ['system:masters'] }),
    'TokenClaims',
  ],
] as const)('with %s both files are 401, whether the cluster exists or not', async (_, mint, cause) => {
  const { ask, issuer } = generator()
  const token = await mint(issuer)
  for (const id of ['dev', 'hidden', 'unknown']) {
    for (const file of ['kubeconfig', 'adminkubeconfig']) {
      const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
      const answer = await ask({ path: fileOf(id, file), headers })
      expect(answer.status).toBe(401)
      expect(answer.headers['www-authenticate']).toMatch(/^Bearer realm="kubeconfig"/)
      expect(answer.text).toContain(cause)
    }
  }
})

test.each<[string, unknown]>([
  ['capitals', ['RUNTIMEADMIN', 'RuntimeAdmin']],
  ['a list in a string', ['runtimeOperator,runtimeAdmin']],
  ['JSON in a string', ['["runtimeAdmin"]']],
  ['look-alikes', ['runtime\u0410dmin', 'runtimeAdmin\u200b', 'runtime\uff21dmin']],
  ['a pattern', ['runtime*', '*']],
  ['the role itself', ['Cluster Admin', 'cluster.delete']],
  ['a single string that is no list', 'runtimeOperator runtimeAdmin'],
])('no admin file by a group name: %s', async (_, groups) => {
  const { askAs } = generator()
  const viewer = { email: 'v@kyma.cx', groups: [groups].flat().concat('runtimeOperator') }
  expect((await askAs(viewer, fileOf('dev', 'adminkubeconfig'))).status).toBe(403)
  expect((await askAs({ email: 'v@kyma.cx', groups }, fileOf('dev', 'adminkubeconfig'))).status).toBe(404)
})

test('a name of a group is not a role for a user, nor the reverse', async () => {
  const { askAs } = generator()
  expect((await askAs({ email: 'runtimeAdmin' }, fileOf('dev'))).status).toBe(404)
})

test('claims of the caller that are not the configured ones mean nothing', async () => {
  const { askAs } = generator()
  const claims = {
    email: 'v@kyma.cx',
    roles: ['Cluster Admin'],
    Groups: ['runtimeAdmin'],
    'groups ': ['runtimeAdmin'],
  }
  expect((await askAs(claims, fileOf('dev', 'adminkubeconfig'))).status).toBe(404)
})

test('headers that name a user or a project mean nothing', async () => {
  const { ask, issuer } = generator()
  const authorization = `Bearer ${await issuer.mint({ email: 'v@kyma.cx', groups: ['runtimeOperator'] })}`
  const answer = await ask({
    path: fileOf('dev', 'adminkubeconfig'),
    headers: {
      authorization,
      'Impersonate-User': 'admin@kyma.cx',
      'Impersonate-Group': 'runtimeAdmin',
      'X-Remote-Group': 'runtimeAdmin',
      ProjectUid: 'default',
      'X-HTTP-Method-Override': 'OPTIONS',
    },
  })
  expect(answer.status).toBe(403)
})

test('a hidden cluster and one that does not exist get the same answer, word for word', async () => {
  const { ask, issuer } = generator()
  const authorization = `Bearer ${await issuer.mint(ADMIN)}`
  for (const file of ['kubeconfig', 'adminkubeconfig']) {
    for (const method of ['GET', 'HEAD', 'OPTIONS']) {
      const [hidden, unknown] = await Promise.all(
        ['hidden', 'absent'].map(async (id) => {
          const { status, headers, text } = await ask({
            path: fileOf(id, file),
            method,
            headers: { authorization },
          })
          const { date: _, 'audit-id': __, ...same } = headers
          return { status, text: text.replaceAll(id, 'ID'), headers: same }
        }),
      )
      expect(hidden).toEqual(unknown)
    }
  }
})

test('nor does the time that it takes tell them apart', async () => {
  const { ask, issuer } = generator()
  const authorization = `Bearer ${await issuer.mint(ADMIN)}`
  const times: Record<string, number[]> = { hidden: [], absent: [] }
  const once = async (id: string) => {
    const begin = performance.now()
    await ask({ path: fileOf(id), headers: { authorization } })
    return performance.now() - begin
  }
  // In turns, so that what else the machine does falls on both.
  for (let round = 0; round < 150; round++) {
    for (const id of round % 2 === 0 ? ['hidden', 'absent'] : ['absent', 'hidden'])
      times[id]!.push(await once(id))
  }
  const quartile = (id: string) => times[id]!.toSorted((one, two) => one - two)[Math.floor(150 / 4)]!
  // Asking a cluster would take a connection, which takes as long as the whole request: a factor of two.
  expect(quartile('hidden') / quartile('absent')).toBeGreaterThan(0.7)
  expect(quartile('hidden') / quartile('absent')).toBeLessThan(1.4)
}, 60_000)

test('many users at once each get their own file and nobody else’s', async () => {
  const { askAs } = generator()
  const people = Array.from({ length: 60 }, (_, index) => ({
    email: `user-${index}@kyma.cx`,
    groups: ['runtimeOperator'],
  }))
  const rounds = [...people, ...people.toReversed(), ...people]
  const answers = await Promise.all(
    rounds.map(async (person, index) => ({
      person,
      answer: await askAs(person, index % 2 === 0 ? fileOf('dev') : ''),
    })),
  )
  for (const { person, answer } of answers) {
    expect(answer.status).toBe(200)
    const document = parseKubeconfig(answer.text)
    expect(document['current-context']).toBe(`${person.email}@dev`)
    expect((await currentCluster(document)).token).toBe(answer.token)
  }
})

test('an answer can not be had again by its validators, and is for no cache', async () => {
  const { ask, issuer } = generator()
  const authorization = `Bearer ${await issuer.mint(ADMIN)}`
  const answer = await ask({
    path: fileOf('dev'),
    headers: {
      authorization,
      'if-none-match': '*',
      'if-modified-since': new Date().toUTCString(),
      range: 'bytes=0-9',
    },
  })
  expect(answer).toMatchObject({ status: 200, headers: { 'cache-control': 'no-store' } })
  expect(answer.headers).not.toHaveProperty('etag')
  expect(answer.headers).not.toHaveProperty('last-modified')
})

test('a token that the cluster would not take is not written into its file', async () => {
  const { askAs } = generator()
  const answer = await askAs(ADMIN, fileOf('other-client'))
  expect(answer.status).toBe(400)
  expect(answer.text).toContain('ask with format=exec')
  const exec = await askAs(ADMIN, `${fileOf('other-client')}?format=exec`)
  expect(exec.status).toBe(200)
  expect(exec.text).not.toContain(exec.token)
  expect(exec.text).toContain('--client-id=console')
})

test('user names that YAML could misread, or that would break a line, stay what they are', async () => {
  const { askAs } = generator()
  for (const email of [
    'yes',
    'null',
    '0123',
    '1e3',
    '~',
    '0x1F',
    '1_000',
    '12:30:45',
    'a: b',
    '# no',
    '- x',
    '@at',
    '%tag',
    "it's",
    '\u00fcber\u2028line',
    '<<',
    '!!str x',
  ]) {
    const { text, status } = await askAs({ email, groups: ['runtimeOperator'] }, fileOf('dev'))
    expect(status).toBe(200)
    expect(parseKubeconfig(text).users.map(({ name }) => name)).toEqual([`${email}@dev`])
  }
})
