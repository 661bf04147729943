import { execa } from 'execa'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { JsonStrictValidator } from '@cyclonedx/cyclonedx-library/Validation'
import { Version } from '@cyclonedx/cyclonedx-library/Spec'
import { beforeAll, expect, test } from 'vitest'
import { apps, stackImage } from '../apps.ts'
import { parseFields } from '../debian-packages.ts'
import { bundleApp, describeContent } from '../prepare.ts'

const debian = [{ name: 'libc6', version: '2.36-9+deb12u10', architecture: 'amd64' }]
const executables = [{ name: 'etcd', version: 'v3.7.3' }]
const base = { packages: debian }

let parent: string
beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'gatehouse-image-'))
  return () => rm(parent, { recursive: true, force: true })
})

/** Each app is bundled once: the console's page alone takes seconds. */
const bundled = new Map<string, Promise<string>>()
function prepared(name: string): Promise<string> {
  const known = bundled.get(name) ?? prepare(name)
  bundled.set(name, known)
  return known
}

async function prepare(name: string): Promise<string> {
  const app = apps.find((known) => known.name === name)
  if (!app) throw new Error(`no app ${name}`)
  const directory = join(parent, name)
  const packages = await bundleApp(app, directory)
  await describeContent(directory, { image: `gatehouse/${name}:test`, packages, base, executables })
  return directory
}

test.each(apps.map(({ name }) => name))('the bundle of %s runs alone, without node_modules', async (name) => {
  const directory = await prepared(name)
  const { stdout } = await execa(process.execPath, [join(directory, 'main.mjs'), '--help'], { cwd: '/' })
  expect(stdout).toContain(name === stackImage ? 'Usage: gatehouse' : `Usage: ${name} --config FILE`)
})

test('the bill of materials is valid CycloneDX and lists what is in the image, with its licence', async () => {
  const directory = await prepared('dex')
  const text = await readFile(join(directory, 'sbom.cdx.json'), 'utf8')
  expect(await new JsonStrictValidator(Version.v1dot6).validate(text)).toBeNull()
  const { components, metadata } = JSON.parse(text)
  expect(metadata.component.name).toBe('gatehouse/dex:test')
  const purls = components.map(({ purl }: { purl: string }) => purl)
  expect(purls).toContain('pkg:deb/debian/libc6@2.36-9+deb12u10?arch=amd64')
  expect(purls).toContain(`pkg:generic/node@${process.versions.node}`)
  expect(purls).toContain('pkg:generic/etcd@v3.7.3')
  const provider = components.find(({ name }: { name: string }) => name === 'oidc-provider')
  expect(provider).toMatchObject({ licenses: [{ license: { id: 'MIT' } }] })
  // Of the tests, not of the service.
  expect(purls.filter((purl: string) => /playwright|vitest/.test(purl))).toEqual([])
})

test('each npm package of a bundle has a permissive licence, and its text travels with it', async () => {
  for (const { name } of apps) {
    const directory = await prepared(name)
    const { components } = JSON.parse(await readFile(join(directory, 'sbom.cdx.json'), 'utf8'))
    const texts = await readdir(join(directory, 'licences'))
    for (const { purl, licenses = [] } of components.filter(({ purl: id }: { purl: string }) =>
      id.startsWith('pkg:npm/'),
    )) {
      const [{ license, expression } = {}] = licenses
      const terms: string = expression ?? license?.id ?? license?.name ?? 'none'
      expect(`${purl} ${terms}`).toMatch(
        / \(?(MIT|ISC|0BSD|Apache-2\.0|BSD-[23]-Clause|BlueOak-1\.0\.0|Unlicense)\b/,
      )
    }
    expect(texts.length).toBeGreaterThan(0)
  }
})

test('the Dockerfile has a target for each service, and no more', async () => {
  const dockerfile = await readFile(join(import.meta.dirname, '../Dockerfile'), 'utf8')
  const targets = [...dockerfile.matchAll(/^FROM service AS (.+)$/gm)].map(([, name]) => name)
  expect(targets).toEqual(apps.map(({ name }) => name))
})

test('fields of a Debian package are read whatever their order', () => {
  expect(parseFields('Architecture: amd64\nPackage: libc6\nVersion: 1:2.36-9')).toEqual({
    name: 'libc6',
    version: '1:2.36-9',
    architecture: 'amd64',
  })
  expect(() => parseFields('Package: libc6')).toThrow('no Version')
})
