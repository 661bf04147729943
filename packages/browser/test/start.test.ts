import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CertificateAuthority, type CertificateFiles, openCertificateAuthority } from '@gatehouse/pki'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { findChromium } from '../src/find.ts'
import { type ChromiumOptions, type Environment, startChromium } from '../src/index.ts'

const HOST = 'console.blue.gatehouse.localhost'
const hasCertutil = (await execa('certutil', ['-H'], { reject: false })).code !== 'ENOENT'
let directory: string
let authority: CertificateAuthority
let stranger: CertificateAuthority
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'browser-start-'))
  authority = await openCertificateAuthority(join(directory, 'ca'), { commonName: 'trusted' })
  stranger = await openCertificateAuthority(join(directory, 'stranger'), { commonName: 'stranger' })
})
afterAll(() => rm(directory, { recursive: true }))

interface Site extends AsyncDisposable {
  readonly url: string
  readonly certificate: string
}

let sites = 0
/** A server for HOST; `appended` follows its certificate in the chain that it presents. */
async function startSite(signer: CertificateAuthority, appended = '', dnsNames = [HOST]): Promise<Site> {
  const files = await signer.issueServerCertificate({
    directory,
    name: `site-${sites++}`,
    dnsNames,
    ipAddresses: [],
  })
  return startServer(files, HOST, appended)
}

async function startServer(
  { certificateFile, keyFile }: CertificateFiles,
  host: string,
  appended = '',
): Promise<Site> {
  const certificate = await readFile(certificateFile, 'utf8')
  const server: Server = createServer(
    { cert: certificate + appended, key: await readFile(keyFile) },
    (_, response) => response.end('reached'),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `https://${host}:${(server.address() as AddressInfo).port}/`,
    certificate,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** What somebody gets who has the key of the authority in `folder`, past the checks of its package. */
async function signWithStolenKey(folder: string, host: string): Promise<CertificateFiles> {
  const files = { certificateFile: join(folder, 'stolen.crt'), keyFile: join(folder, 'stolen.key') }
  const signer = ['-CA', join(folder, 'ca.crt'), '-CAkey', join(folder, 'ca.key')]
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-noenc', '-keyout', files.keyFile]
  const names = ['-subj', `/CN=${host}`, '-addext', `subjectAltName=DNS:${host}`, '-days', '30']
  await execa('openssl', ['req', '-x509', ...signer, ...key, ...names, '-out', files.certificateFile])
  return files
}

/** What a browser sees at each URL: the text of the page, or the error. */
async function visit(options: ChromiumOptions, ...urls: string[]): Promise<string[]> {
  await using chromium = await startChromium(options)
  const seen: string[] = []
  for (const url of urls) {
    const page = await chromium.browser.newPage()
    const problem = await page.goto(url).then(
      () => undefined,
      (error: Error) => /net::(\w+)/.exec(error.message)?.[1],
    )
    seen.push(problem ?? (await page.textContent('body'))!)
  }
  return seen
}

test('nothing is trusted unasked', async () => {
  await using site = await startSite(authority)
  expect(await visit({}, site.url)).toEqual(['ERR_CERT_AUTHORITY_INVALID'])
})

describe.runIf(hasCertutil)('with certutil', () => {
  test('the authority is trusted, for the names in its certificates', async () => {
    await using site = await startSite(authority)
    await using other = await startSite(authority, '', ['other.gatehouse.localhost'])
    expect(await visit({ authorities: [authority.certificatePem] }, site.url, other.url)).toEqual([
      'reached',
      'ERR_CERT_COMMON_NAME_INVALID',
    ])
  })

  test('an authority that is restricted is trusted for nothing else, even if its key is stolen', async () => {
    const folder = join(directory, 'restricted')
    const permitted = { dnsNames: ['blue.gatehouse.localhost'], ipRanges: ['127.0.0.0/8'] }
    const restricted = await openCertificateAuthority(folder, { commonName: 'restricted', permitted })
    await using site = await startSite(restricted)
    const other = 'console.red.gatehouse.localhost'
    const stolen = await signWithStolenKey(folder, other)
    await using impostor = await startServer(stolen, other)
    expect(await visit({ authorities: [restricted.certificatePem] }, site.url, impostor.url)).toEqual([
      'reached',
      'ERR_CERT_INVALID',
    ])
  })

  test('another authority is not, even if its server sends the trusted one’s certificate along', async () => {
    await using site = await startSite(stranger, authority.certificatePem)
    const options = { authorities: [authority.certificatePem], servers: [] }
    expect(await visit(options, site.url)).toEqual(['ERR_CERT_AUTHORITY_INVALID'])
  })
})

describe('without certutil', () => {
  let env: Environment
  beforeAll(async () => {
    const { path, env: needed } = await findChromium(process.env)
    env = { ...process.env, ...needed, PLAYWRIGHT_CHROMIUM_PATH: path, PATH: '' }
  })

  test('exactly the servers’ keys are trusted', async () => {
    await using site = await startSite(authority)
    await using sibling = await startSite(authority)
    await using impostor = await startSite(stranger, authority.certificatePem)
    const options = { authorities: [authority.certificatePem], servers: [site.certificate], env }
    expect(await visit(options, site.url, sibling.url, impostor.url)).toEqual([
      'reached',
      'ERR_CERT_AUTHORITY_INVALID',
      'ERR_CERT_AUTHORITY_INVALID',
    ])
  })

  test('an authority alone is an error that says what to install', async () => {
    const starting = startChromium({ authorities: [authority.certificatePem], env })
    await expect(starting).rejects.toMatchObject({
      code: 'ERR_TRUST',
      message: expect.stringContaining('libnss3-tools') as string,
    })
  })
})

test('a name is reached at the address that is given for it, with the certificate of that name', async () => {
  const host = 'console.example.org'
  const names = { dnsNames: [host], ipAddresses: [] }
  const files = await authority.issueServerCertificate({ directory, name: 'elsewhere', ...names })
  await using site = await startServer(files, host)
  const trusting = { authorities: [authority.certificatePem], servers: [site.certificate] }
  const options = { ...trusting, hosts: { '*.example.org': '127.0.0.1' } }
  const other = site.url.replace('console', 'other')
  expect(await visit(options, site.url, other)).toEqual(['reached', 'ERR_CERT_COMMON_NAME_INVALID'])
})

test('its home is its own, and goes with it', async () => {
  const folder = await mkdtemp(join(directory, 'tmp-'))
  vi.stubEnv('TMPDIR', folder)
  const chromium = await startChromium()
  const page = await chromium.browser.newPage()
  await page.goto('about:blank')
  expect(await readdir(folder)).toContainEqual(expect.stringMatching(/^gatehouse-browser-/))
  await chromium[Symbol.asyncDispose]()
  vi.unstubAllEnvs()
  expect(chromium.browser.isConnected()).toBe(false)
  expect(await readdir(folder)).toEqual([])
})
