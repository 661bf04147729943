import { request } from 'node:https'
import { X509Certificate } from 'node:crypto'
import { readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  currentCluster,
  expiryOf,
  parseKubeconfig,
  readKubeconfig,
  stringifyKubeconfig,
} from '@gatehouse/kubeconfig'
import { openCertificateAuthority } from '@gatehouse/pki'
import { beforeAll, describe, expect, test } from 'vitest'
import { DOWNLOAD_SELECTOR } from '../src/downloads/binding.ts'
import { issueCredential } from '../src/downloads/issue.ts'
import { listDownloads, revokeDownloads } from '../src/downloads/manage.ts'
import { rights } from '../src/downloads/rights.ts'
import { auditFileIn, catalogueFileIn, openGenerator, writeCatalogue } from './generator.ts'
import type { RealCluster } from './real-cluster.ts'
import { CALLERS, type TwoClusters } from './two-clusters.ts'

async function bindingsOf({ administrate }: RealCluster): Promise<string[]> {
  const text = await administrate(['get', 'clusterrolebindings', '-l', DOWNLOAD_SELECTOR, '-o', 'name'])
  return text.split('\n').filter((line) => line !== '')
}

const namespaces = ['get', 'namespaces', '-o', 'name']
const reads = async (real: RealCluster, text: string) => (await real.kubectl(text, namespaces)).exitCode === 0

/** A text with what stands in it as base64, too. */
function decoded(text: string): string {
  const hidden = text.match(/[A-Za-z0-9+/]{40,}={0,2}/g) ?? []
  return [text, ...hidden.map((one) => Buffer.from(one, 'base64').toString('latin1'))].join('\n')
}

/** What becomes of a credential that was handed out, and what is recorded of it. */
export function testDownloads(opened: () => TwoClusters): void {
  describe('a download', () => {
    let world: TwoClusters
    let books: { catalogueFile: string; auditFile: string }
    beforeAll(() => {
      world = opened()
      const { directory } = world.generator
      books = { catalogueFile: catalogueFileIn(directory), auditFile: auditFileIn(directory) }
    })

    test('a revoked download may do nothing any more, and only that one', async () => {
      const { text } = await world.file('admin', 'id-plain', 'adminkubeconfig')
      const { text: other } = await world.file('deleter', 'id-plain', 'adminkubeconfig')
      expect([await reads(world.green, text), await reads(world.green, other)]).toEqual([true, true])
      const listed = await listDownloads(books)
      // Once each, although several entries of the catalogue are about that API server.
      expect(listed.map(({ clusterId }) => clusterId)).toEqual(['id-plain', 'id-plain'])
      const ours = listed.find(({ downloadedBy }) => downloadedBy === 'admin@kyma.cx')
      expect(await revokeDownloads(books, [ours!.id])).toEqual([ours])
      await expect.poll(() => reads(world.green, text), { interval: 200 }).toBe(false)
      const refused = await world.green.kubectl(text, namespaces)
      expect(refused.stderr).toContain(`User "${ours!.user}" cannot list resource "namespaces"`)
      expect(await reads(world.green, other)).toBe(true)
      expect(await world.audit()).toContainEqual(
        expect.objectContaining({ event: 'revoked', user: 'admin@kyma.cx', downloadId: ours!.id }),
      )
      await expect(revokeDownloads(books, [ours!.id])).rejects.toMatchObject({ code: 'ERR_UNKNOWN_DOWNLOAD' })
    })

    test('a download may do nothing when its time is up, and its binding is gone', async () => {
      const { text } = await world.file('admin', 'id-brief', 'kubeconfig')
      const end = expiryOf(parseKubeconfig(text).users[0]!.user)!
      expect(end.getTime() - Date.now()).toBeLessThan(5000)
      expect(await reads(world.green, text)).toBe(true)
      await expect.poll(() => reads(world.green, text), { interval: 250 }).toBe(false)
      expect(Date.now()).toBeGreaterThanOrEqual(end.getTime())
      const { user } = await world.green
        .kubectl(text, ['auth', 'whoami', '-o', 'json'])
        .then(({ stdout }) => ({
          user: (JSON.parse(stdout) as { status: { userInfo: { username: string } } }).status.userInfo
            .username,
        }))
      const id = user.split(':').at(-1)!
      expect(await bindingsOf(world.green)).not.toContain(
        `clusterrolebinding.rbac.authorization.k8s.io/gatehouse-download-${id}`,
      )
      await expect.poll(world.audit).toContainEqual(
        expect.objectContaining({
          event: 'expired',
          downloadId: id,
          user: 'admin@kyma.cx',
          clusterId: 'id-brief',
        }),
      )
    })

    test('bindings that are over are removed whoever made them, and those that do not say until when', async () => {
      const binding = (name: string, annotations: Record<string, string>) =>
        JSON.stringify({
          apiVersion: 'rbac.authorization.k8s.io/v1',
          kind: 'ClusterRoleBinding',
          metadata: {
            name,
            annotations,
            labels: { 'app.kubernetes.io/managed-by': 'gatehouse-kubeconfig-generator' },
          },
          roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
          subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'left-over' }],
        })
      const of = (expiresAt: string) => ({
        'gatehouse.localhost/cluster-id': 'id-plain',
        'gatehouse.localhost/downloaded-by': 'a@b',
        'gatehouse.localhost/file': 'adminkubeconfig',
        'gatehouse.localhost/issued-at': '2026-01-01T00:00:00Z',
        'gatehouse.localhost/expires-at': expiresAt,
      })
      const { administrate } = world.blue
      await administrate(
        ['create', '-f', '-'],
        binding('gatehouse-download-past', of('2026-01-01T01:00:00Z')),
      )
      await administrate(
        ['create', '-f', '-'],
        binding('gatehouse-download-future', of('2126-01-01T00:00:00Z')),
      )
      await administrate(['create', '-f', '-'], binding('gatehouse-download-unsaid', {}))
      const left = async () => (await bindingsOf(world.blue)).map((name) => name.split('-').at(-1))
      await expect.poll(left, { interval: 500 }).not.toEqual(expect.arrayContaining(['past']))
      expect(await left()).not.toContain('unsaid')
      expect(await left()).toContain('future')
      await administrate(['delete', 'clusterrolebinding', 'gatehouse-download-future'])
    })

    test('the certificate names the person, has no group and ends within the hour', async () => {
      const before = Date.now()
      const { text } = await world.file('admin', 'id-plain', 'adminkubeconfig')
      const document = parseKubeconfig(text)
      const { clientCertificatePem } = await currentCluster(document)
      const certificate = new X509Certificate(clientCertificatePem!)
      expect(certificate.subject).toMatch(/^CN=system:gatehouse:download:admin@kyma\.cx:[0-9a-f]{20}$/)
      expect(certificate.validToDate.getTime()).toBeLessThanOrEqual(before + 3_605_000)
      expect(expiryOf(document.users[0]!.user)!.getTime()).toBeLessThanOrEqual(
        certificate.validToDate.getTime(),
      )
    })

    test('an API server refuses the certificate after its end, binding or not', async () => {
      const { text } = await world.file('admin', 'id-plain', 'adminkubeconfig')
      const document = parseKubeconfig(text)
      const { clientCertificatePem } = await currentCluster(document)
      const commonName = new X509Certificate(clientCertificatePem!).subject.replace(/^CN=/, '')
      // The same user's certificate by the same authority, with a shorter life than Kubernetes signs.
      const directory = join(world.green.directory, 'pki', 'cluster')
      const authority = await openCertificateAuthority(directory, { commonName: 'the cluster has one' })
      const files = await authority.issueClientCertificate({
        directory: join(world.green.directory, 'short'),
        name: 'short',
        commonName,
        validForSeconds: 4,
      })
      const base64 = async (file: string) => (await readFile(file)).toString('base64')
      document.users[0]!.user['client-certificate-data'] = await base64(files.certificateFile)
      document.users[0]!.user['client-key-data'] = await base64(files.keyFile)
      const short = stringifyKubeconfig(document)
      expect(await reads(world.green, short)).toBe(true)
      await expect.poll(() => reads(world.green, short), { interval: 500 }).toBe(false)
      expect((await world.green.kubectl(short, namespaces)).stderr).toMatch(/Unauthorized|must be logged in/)
      expect(await reads(world.green, text)).toBe(true)
    })

    test('HEAD says what GET would, and issues nothing', async () => {
      const before = await bindingsOf(world.green)
      const authorization = `Bearer ${await world.generator.issuer.mint(CALLERS.admin)}`
      for (const file of ['kubeconfig', 'adminkubeconfig']) {
        const path = `/v1/spectroclusters/id-plain/assets/${file}`
        const head = await world.generator.ask({ method: 'HEAD', path, headers: { authorization } })
        expect(head).toMatchObject({ status: 200, text: '' })
      }
      expect(await bindingsOf(world.green)).toEqual(before)
    })

    test('what a caller did not stay for is taken back', async () => {
      const before = await bindingsOf(world.green)
      const { hostname, port } = new URL(world.generator.urls.https)
      const authorization = `Bearer ${await world.generator.issuer.mint({ ...CALLERS.admin, jti: 'gone' })}`
      const sent = request({
        hostname,
        port,
        path: '/v1/spectroclusters/id-plain/assets/adminkubeconfig',
        headers: { authorization, 'audit-id': 'left-early' },
        ca: world.generator.ca.certificatePem,
        agent: false,
      })
      sent.on('error', () => undefined)
      {
        using _held = world.green.holdSigning()
        sent.end()
        const requests = () => world.green.administrate(['get', 'csr', '-o', 'name'])
        await expect.poll(requests).toContain('gatehouse-download-')
        sent.destroy()
      }
      await expect.poll(world.audit).toContainEqual(
        expect.objectContaining({
          event: 'revoked',
          auditId: 'left-early',
          reason: expect.stringContaining('receive'),
        }),
      )
      expect(await bindingsOf(world.green)).toEqual(before)
    })

    test('who downloaded what, when and until when is recorded, and so is who was refused', async () => {
      const given = await world.file('deleter', 'id-plain', 'adminkubeconfig')
      const own = await world.file('viewer', 'id-oidc', 'kubeconfig')
      const refused = await world.file('viewer', 'id-oidc', 'adminkubeconfig')
      const find = async (auditId: unknown) =>
        (await world.audit()).find((line) => line['auditId'] === auditId)
      expect(await find(given.headers['audit-id'])).toEqual({
        time: expect.any(String),
        event: 'downloaded',
        user: 'deleter@kyma.cx',
        clusterId: 'id-plain',
        cluster: 'plain',
        project: 'default',
        file: 'adminkubeconfig',
        downloadId: expect.stringMatching(/^[0-9a-f]{20}$/),
        expiresAt: expect.any(String),
        auditId: given.headers['audit-id'],
      })
      expect(await find(own.headers['audit-id'])).toMatchObject({
        event: 'downloaded',
        expiresAt: expect.any(String),
      })
      expect(await find(refused.headers['audit-id'])).toMatchObject({
        event: 'refused',
        user: 'viewer@kyma.cx',
        reason: expect.stringContaining('only for the role "Cluster Admin"'),
      })
      expect((await stat(books.auditFile)).mode & 0o777).toBe(0o600)
    })

    test('nothing is handed out that can not be recorded', async () => {
      const before = await bindingsOf(world.green)
      const directory = world.generator.directory
      await using deaf = await openGenerator(
        join(directory, 'deaf'),
        world.generator.issuer,
        { auditFile: join(directory, 'no', 'such', 'directory', 'audit.jsonl') },
        () => world.catalogue,
      )
      for (const [id, file] of [
        ['id-plain', 'adminkubeconfig'],
        ['id-oidc', 'kubeconfig'],
      ]) {
        const answer = await deaf.askAs(CALLERS.admin, `/v1/spectroclusters/${id}/assets/${file}`)
        expect(answer.status).toBe(503)
        expect(answer.text).not.toContain('client-key-data')
      }
      expect(await bindingsOf(world.green)).toEqual(before)
      expect(deaf.log()).toContain('ERR_AUDIT')
    })

    test('a cluster at which nothing can be issued is 503, and says why to whom it concerns', async () => {
      const unable = await world.file('admin', 'id-unable', 'adminkubeconfig')
      expect(unable.status).toBe(503)
      expect(unable.text).toContain('CredentialsUnavailable')
      const down = { ...world.catalogue.clusters![2]!, id: 'id-down', name: 'down' }
      const kubeconfig = join(world.generator.directory, 'no-such.kubeconfig')
      await using generator = await openGenerator(
        join(world.generator.directory, 'down'),
        world.generator.issuer,
        {},
        () => ({ ...world.catalogue, clusters: [{ ...down, credentials: { kubeconfig } }] }),
      )
      const answer = await generator.askAs(
        CALLERS.admin,
        '/v1/spectroclusters/id-down/assets/adminkubeconfig',
      )
      expect(answer.status).toBe(503)
      expect(answer.headers['retry-after']).toBe('5')
      // Paths and causes are for the log.
      expect(answer.text).not.toContain(kubeconfig)
      expect(generator.log()).toContain(kubeconfig)
    })

    test("its kubeconfig may name the file of a token, as a pod's does, and a renewed token is taken", async () => {
      const { administrate, generatorKubeconfig, directory } = world.green
      await administrate(['create', 'serviceaccount', 'generator', '-n', 'default'])
      const manifest = rights('system:serviceaccount:default:generator').map((object) => ({
        ...object,
        metadata: { name: 'test-generator-in-a-pod' },
        ...('roleRef' in object ? { roleRef: { ...object.roleRef, name: 'test-generator-in-a-pod' } } : {}),
      }))
      await administrate(
        ['create', '-f', '-'],
        JSON.stringify({ apiVersion: 'v1', kind: 'List', items: manifest }),
      )
      const document = await readKubeconfig(generatorKubeconfig)
      // Relative, and beside a token that is none: files go first.
      document.users[0]!.user = { tokenFile: 'token', token: 'stale' }
      const kubeconfig = join(directory, 'pod.kubeconfig')
      await writeFile(kubeconfig, stringifyKubeconfig(document), { mode: 0o600 })
      const tokenFile = join(directory, 'token')
      const issue = () =>
        issueCredential(
          { kubeconfig, clusterRole: 'cluster-admin', lifetimeSeconds: 60 },
          { clusterId: 'id-plain', downloadedBy: 'admin@kyma.cx', file: 'adminkubeconfig' },
        )
      await writeFile(tokenFile, 'expired', { mode: 0o600 })
      await expect(issue()).rejects.toMatchObject({ code: 'ERR_CLUSTER_UNAVAILABLE' })
      await writeFile(tokenFile, await administrate(['create', 'token', 'generator', '-n', 'default']))
      const { takeBack } = await issue()
      await takeBack()
      await rm(tokenFile)
      await expect(issue()).rejects.toMatchObject({
        code: 'ERR_CLUSTER_UNAVAILABLE',
        message: expect.stringContaining(tokenFile),
      })
    })

    test('the generator may do no more than it needs', async () => {
      const { generatorKubeconfig, kubectl } = world.green
      const text = await readFile(generatorKubeconfig, 'utf8')
      for (const args of [
        ['get', 'secrets', '-A'],
        ['get', 'pods', '-A'],
        ['get', 'namespaces'],
        ['get', 'csr'],
        ['create', 'clusterrolebinding', 'x', '--clusterrole=edit', '--user=a'],
        ['create', 'clusterrole', 'x', '--verb=*', '--resource=*'],
        ['create', 'serviceaccount', 'x'],
      ]) {
        const { exitCode, stderr } = await kubectl(text, args)
        expect.soft(exitCode, args.join(' ')).not.toBe(0)
        expect.soft(stderr).toContain('forbidden')
      }
    })

    test('a cluster that is added, or changed, is served without a restart; a broken catalogue is not', async () => {
      const { directory, log } = world.generator
      const added = { ...world.catalogue.clusters![0]!, id: 'id-added', name: 'added' }
      const ask = async () => (await world.file('admin', 'id-added', 'kubeconfig')).status
      expect(await ask()).toBe(404)
      await writeCatalogue(directory, { ...world.catalogue, clusters: [...world.catalogue.clusters!, added] })
      await expect.poll(ask).toBe(200)
      await writeCatalogue(directory, { ...world.catalogue, clusters: [{ ...added, project: 'nowhere' }] })
      await expect.poll(log).toContain('the new catalogue is not usable; the old one stays')
      expect(await ask()).toBe(200)
      await writeCatalogue(directory, world.catalogue)
      await expect.poll(ask).toBe(404)
    })

    test('no private key of the harness is in any answer, log or record', async () => {
      const answers = []
      for (const { id } of world.catalogue.clusters!) {
        for (const file of ['kubeconfig', 'adminkubeconfig'] as const) {
          answers.push((await world.file('admin', id, file)).text)
        }
      }
      const { urls, log } = world.generator
      const told = [
        ...answers.map(decoded),
        log(),
        await readFile(books.auditFile, 'utf8'),
        await (await fetch(`${urls.operations}/metrics`)).text(),
      ].join('\n')
      const keys = [...(await world.blue.ownKeys()), ...(await world.green.ownKeys())]
      expect(keys.length).toBeGreaterThan(20)
      // The first line of a key is much the same for all; the second is its own.
      const secrets = keys.map((key) => key.split('\n')[2]!)
      expect(secrets.every((line) => line.length > 20)).toBe(true)
      for (const secret of secrets) expect.soft(told).not.toContain(secret)
      // Such a search must be able to find something.
      const adminKubeconfig = decoded(await readFile(world.green.cluster.adminKubeconfig, 'utf8'))
      expect(secrets.filter((secret) => adminKubeconfig.includes(secret))).toHaveLength(1)
    })
  })
}
