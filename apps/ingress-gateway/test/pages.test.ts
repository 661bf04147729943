import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AxeBuilder } from '@axe-core/playwright'
import { type Chromium, startChromium } from '@gatehouse/browser'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type RunningGateway, startGateway } from './gateway.ts'
import { startUpstream, type Upstream } from './upstream.ts'
import { useWorkshop } from './use-workshop.ts'

/** Where pictures of the pages go, for who wants to look at them. */
const PICTURES = process.env['PAGE_PICTURES']
const NAMES = ['ui.gateway.localhost', 'down.gateway.localhost', 'slow.gateway.localhost']
const EVIL = '<img src=x onerror=alert(1)>'

const workshop = useWorkshop()
let ui: Upstream
let gateway: RunningGateway
let chromium: Chromium
beforeAll(async () => {
  ui = await startUpstream(undefined, '', (request, response) => {
    if (request.headers.host?.startsWith('slow')) return
    response.setHeader('Content-Type', 'text/html')
    response.end(`<!doctype html><title>${request.url}</title><p>served`)
  })
  const pairs = await Promise.all(NAMES.map((name) => workshop.serverPair(name)))
  gateway = await startGateway({
    hosts: NAMES.map((host, index) => ({
      host,
      tls: pairs[index]!,
      upstream: {
        service: host.startsWith('down') ? EVIL : 'console',
        url: `http://127.0.0.1:${host.startsWith('down') ? 1 : ui.port}`,
        inspect: 'gatehouse logs console',
      },
    })),
    limits: { headerBytes: 2048, responseSeconds: 0.5 },
  })
  chromium = await startChromium({
    authorities: [workshop.authority.certificatePem],
    servers: await Promise.all(pairs.map(({ certificateFile }) => readFile(certificateFile, 'utf8'))),
  })
})
afterAll(async () => {
  await chromium?.[Symbol.asyncDispose]()
  await gateway?.drain()
  await ui?.[Symbol.asyncDispose]()
})

const urlOf = (name: string, path = '/') => `https://${name}.gateway.localhost:${gateway.port}${path}`

test('a browser comes from plain HTTP, and has HTTP/2', async () => {
  const page = await chromium.browser.newPage()
  const answer = await page.goto(`http://ui.gateway.localhost:${gateway.httpPort}/x?y=1`)
  expect(page.url()).toBe(urlOf('ui', '/x?y=1'))
  expect(answer?.status()).toBe(200)
  const protocol = await page.evaluate('performance.getEntriesByType("navigation")[0].nextHopProtocol')
  expect(protocol).toBe('h2')
  await page.close()
})

const PAGES: [string, () => string, number][] = [
  ['down', () => urlOf('down'), 502],
  ['slow', () => urlOf('slow'), 504],
  ['headers-too-large', () => urlOf('ui', `/?${'a'.repeat(3000)}`), 431],
]

describe.each(PAGES)('the page %s', (name, url, code) => {
  test.each([
    ['light', { colorScheme: 'light' }],
    ['dark', { colorScheme: 'dark' }],
    ['narrow', { viewport: { width: 320, height: 640 } }],
  ] as const)('is accessible, and nothing in it runs, %s', async (look, options) => {
    const context = await chromium.browser.newContext({ viewport: { width: 1000, height: 640 }, ...options })
    const page = await context.newPage()
    const complaints: string[] = []
    page.on('console', (message) => {
      if (!message.text().includes('responded with a status of')) complaints.push(message.text())
    })
    page.on('dialog', (dialog) => complaints.push(dialog.message()))
    const answer = await page.goto(url())
    expect(answer?.status()).toBe(code)
    if (PICTURES) await page.screenshot({ path: join(PICTURES, `${name}-${look}.png`), fullPage: true })
    expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([])
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
    expect(complaints).toEqual([])
    await context.close()
  })
})
