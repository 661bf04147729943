import { writeFile } from 'node:fs/promises'
import { request } from 'node:https'
import type { IncomingHttpHeaders } from 'node:http'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { startTestIssuer, type TestIssuer } from '@gatehouse/authentication/test-issuer'
import { type CertificateAuthority, openCertificateAuthority } from '@gatehouse/pki'
import { createLogger } from '@gatehouse/server'
import { afterAll, beforeAll, onTestFinished } from 'vitest'
import type { z } from 'zod'
import { startKubeconfigGenerator } from '../src/app.ts'
import type { CatalogueInput } from '../src/catalogue/schema.ts'
import { configurationSchema } from '../src/configuration.ts'
import { temporaryDirectory } from './temporary-directory.ts'

export interface Answer {
  status: number
  headers: IncomingHttpHeaders
  text: string
}

export interface Generator {
  directory: string
  ca: CertificateAuthority
  issuer: TestIssuer
  urls: { https: string; operations: string }
  /** Everything that was logged so far. */
  log: () => string
  ask: (options?: {
    path?: string
    method?: string
    headers?: Record<string, string | string[]>
  }) => Promise<Answer>
  /** Asks as the user of a good token with these claims: /kube-config with a query, or another path. */
  askAs: (claims: Record<string, unknown>, target?: string) => Promise<Answer & { token: string }>
}

type Settings = Partial<z.input<typeof configurationSchema>>

/** The files of a generator that has a catalogue. */
export const catalogueFileIn = (directory: string) => join(directory, 'catalogue.json')
export const auditFileIn = (directory: string) => join(directory, 'audit.jsonl')

/** Writes the catalogue of a generator, also of one that runs. */
export function writeCatalogue(directory: string, catalogue: CatalogueInput): Promise<void> {
  return writeFile(catalogueFileIn(directory), JSON.stringify(catalogue))
}

/** What a generator's configuration is made of. */
type Parts = Pick<Generator, 'directory' | 'ca' | 'issuer'>

type Change = Settings | ((parts: Parts) => Settings)

/** A generator in this process, on ports of its own, with an issuer that it trusts; ends with the test. */
export async function startGenerator(
  change: Change = {},
  catalogue?: (parts: Parts) => CatalogueInput,
): Promise<Generator> {
  const generator = await openWithIssuer(change, catalogue)
  onTestFinished(() => generator[Symbol.asyncDispose]())
  return generator
}

/** The same for all tests of a file that leave it as it was. */
export function useGenerator(change: Change, catalogue?: (parts: Parts) => CatalogueInput): () => Generator {
  let generator: (Generator & AsyncDisposable) | undefined
  beforeAll(async () => {
    generator = await openWithIssuer(change, catalogue)
  })
  afterAll(() => generator?.[Symbol.asyncDispose]())
  return () => generator!
}

async function openWithIssuer(
  change: Change,
  catalogue: ((parts: Parts) => CatalogueInput) | undefined,
): Promise<Generator & AsyncDisposable> {
  await using stack = new AsyncDisposableStack()
  const { path } = stack.use(await temporaryDirectory())
  const issuer = stack.use(await startTestIssuer({ directory: join(path, 'issuer') }))
  const generator = stack.use(await openGenerator(path, issuer, change, catalogue))
  const resources = stack.move()
  return { ...generator, [Symbol.asyncDispose]: () => resources.disposeAsync() }
}

/** The same with a directory and an issuer of the caller's, for longer than a test. */
export async function openGenerator(
  directory: string,
  issuer: TestIssuer,
  change: Change = {},
  catalogue?: (parts: Parts) => CatalogueInput,
): Promise<Generator & AsyncDisposable> {
  const ca = await openCertificateAuthority(join(directory, 'ca'), { commonName: 'Test CA' })
  const files = await ca.issueServerCertificate({
    directory,
    name: 'generator',
    dnsNames: [],
    ipAddresses: ['127.0.0.1'],
  })
  const parts = { directory, ca, issuer }
  if (catalogue) await writeCatalogue(directory, catalogue(parts))
  let log = ''
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      log += chunk.toString()
      done()
    },
  })
  const configuration = configurationSchema.parse({
    listen: { port: 0 },
    tls: files,
    operations: { port: 0 },
    issuers: [issuer.settings],
    cluster: { name: 'dev', server: 'https://127.0.0.1:9443', certificateAuthorityFile: ca.certificateFile },
    ...(catalogue ? { catalogueFile: catalogueFileIn(directory), auditFile: auditFileIn(directory) } : {}),
    ...(typeof change === 'function' ? change(parts) : change),
  })
  const logger = createLogger({ name: 'kubeconfig-generator', destination })
  const service = await startKubeconfigGenerator(configuration, { logger })
  const urls = { https: service.urls['https']!, operations: service.urls['operations']! }
  const ask: Generator['ask'] = ({ path = '/kube-config', method = 'GET', headers = {} } = {}) =>
    new Promise((resolve, reject) => {
      // Sent as it stands: `fetch` would tidy paths and join headers.
      const { hostname, port } = new URL(urls.https)
      const sent = request(
        { hostname, port, path, method, headers, ca: ca.certificatePem, agent: false },
        (answer) => {
          let text = ''
          answer.setEncoding('utf8')
          answer.on('data', (chunk: string) => (text += chunk))
          answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }))
          answer.on('error', reject)
        },
      )
      sent.on('error', reject)
      sent.end()
    })
  const askAs: Generator['askAs'] = async (claims, target = '') => {
    const token = await issuer.mint(claims)
    const path = target.startsWith('/') ? target : `/kube-config${target}`
    const answer = await ask({ path, headers: { authorization: `Bearer ${token}` } })
    return { ...answer, token }
  }
  return {
    directory,
    ca,
    issuer,
    urls,
    log: () => log,
    ask,
    askAs,
    [Symbol.asyncDispose]: () => service.drain(),
  }
}
