import { randomUUID } from 'node:crypto'
import { copyFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openBrowser } from '@gatehouse/e2e-path-a/browser'
import { execa } from 'execa'
import type { Response } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { ask } from './ask.ts'
import { FULLNAME } from './helm.ts'
import { DOMAIN } from './values.ts'
import { componentSelector, type World } from './world.ts'

const ADMIN = 'admin@kyma.cx'
const NOBODY = 'no-rights-user@kyma.cx'

/** The gateway's Service of type LoadBalancer, reached from this machine as from outside of any cluster. */
export function testLoadBalancer(opened: () => World): void {
  describe('by a load balancer', () => {
    const address = () => opened().loadBalancer.address
    const request = (url: string, path = '') =>
      ask(new URL(`${url}${path}`), { address: address(), ca: opened().authority })

    // The Service gets the address and the node answers for it soon after the release is there.
    beforeAll(
      () => vi.waitFor(() => request(opened().urls.console), { timeout: 90_000, interval: 500 }),
      120_000,
    )
    afterAll(() => opened().loadBalancer.remove(), 60_000)

    /** Somebody's kubeconfig, with the address in place of the name, which leads elsewhere here. */
    const terminalOf = async (email: string, downloaded: string) => {
      const { directory, terminalAt, urls } = opened()
      const file = join(directory, `load-balancer-${email}.yml`)
      await copyFile(downloaded, file)
      const terminal = terminalAt(file)
      const server = `--server=https://${address()}:${new URL(urls.console).port}`
      const name = `--tls-server-name=apiserver.${DOMAIN}`
      const changed = await terminal.kubectl('config', 'set-cluster', 'gatehouse', server, name)
      expect(changed).toMatchObject({ exitCode: 0 })
      return terminal
    }

    test('the Service has the address that MetalLB gives out, and the node answers for it', async () => {
      const { list, cluster, urls } = opened()
      const name = `${FULLNAME}-ingress-gateway`
      const service = (await list('services')).find(({ metadata }) => metadata.name === name)!
      expect(service['status'].loadBalancer.ingress).toMatchObject([{ ip: address() }])
      const ports = service.spec.ports.map(({ port }: { port: number }) => port)
      expect(ports).toEqual([Number(new URL(urls.console).port), 80])
      const format = '{{range .NetworkSettings.Networks}}{{.MacAddress}}{{end}}'
      const node = `${cluster.kindName}-control-plane`
      const { stdout: hardwareAddress } = await execa('docker', ['inspect', '--format', format, node])
      expect(await neighbourAt(address())).toBe(hardwareAddress)
    })

    test('each host shows its own certificate, and plain HTTP leads to TLS', async () => {
      const { urls } = opened()
      for (const url of [urls.console, urls.issuer, urls.generator]) {
        const { names } = await request(url)
        expect(names).toBe(`DNS:${new URL(url).hostname}`)
      }
      const discovery = await request(urls.issuer, '/.well-known/openid-configuration')
      expect(JSON.parse(discovery.text)).toMatchObject({ issuer: urls.issuer })
      const plain = await ask(new URL(`http://${new URL(urls.console).hostname}/`), { address: address() })
      expect(plain).toMatchObject({ status: 308, location: `${urls.console}/` })
      const stranger = urls.console.replace('console', 'stranger')
      await expect(request(stranger)).rejects.toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' })
    })

    test('a person with a browser goes from the console to a kubeconfig, with which kubectl is that person', async () => {
      await using browser = await openBrowser(opened(), { hosts: { [`*.${DOMAIN}`]: address() } })
      const page = await browser.newPage()
      const responses: Response[] = []
      page.on('response', (response) => responses.push(response))
      await browser.logIn(page, ADMIN, '/administration')
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: 'Download config' }).click(),
      ])
      const file = join(opened().directory, 'load-balancer-download.yml')
      await download.saveAs(file)
      const servers = await Promise.all(responses.map((response) => response.serverAddr()))
      expect(new Set(servers.map((server) => server?.ipAddress))).toEqual(new Set([address()]))
      const terminal = await terminalOf(ADMIN, file)
      expect(await terminal.kubectl('auth', 'whoami')).toMatchObject({
        exitCode: 0,
        stdout: expect.stringContaining(ADMIN),
      })
      expect(await terminal.kubectl('get', 'nodes')).toMatchObject({
        exitCode: 0,
        stdout: expect.stringContaining(' Ready '),
      })
    })

    test('who may not, may not there', async () => {
      const { kubeconfig } = await opened().workplace.terminalOf(NOBODY)
      const terminal = await terminalOf(NOBODY, kubeconfig)
      expect(await terminal.kubectl('get', 'nodes')).toMatchObject({
        exitCode: 1,
        stderr: expect.stringContaining(`User "${NOBODY}" cannot list resource "nodes"`),
      })
    })

    test('the gateway knows where a client is', async () => {
      const { kubectl, urls } = opened()
      const path = `/${randomUUID()}`
      const { localAddress } = await request(urls.console, path)
      const logged = async () => {
        const selector = componentSelector('ingress-gateway')
        const lines = (await kubectl(['logs', '--selector', selector, '--tail=200'])).split('\n')
        const records = lines.filter((line) => line.includes(path))
        return records.map((line) => (JSON.parse(line) as { remoteAddress: string }).remoteAddress)
      }
      await expect.poll(logged).toEqual([localAddress])
    })
  })
}

/** The hardware address at which this machine has found an address. */
async function neighbourAt(address: string): Promise<string | undefined> {
  const lines = (await readFile('/proc/net/arp', 'utf8')).split('\n').map((line) => line.split(/\s+/))
  return lines.find(([ip]) => ip === address)?.[3]
}
