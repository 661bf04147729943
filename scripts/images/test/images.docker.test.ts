import { execa } from 'execa'
import { Wait } from 'testcontainers'
import { Agent, request } from 'undici'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { apps, stackImage } from '../apps.ts'
import { certificateFor, mountedTls } from './certificate.ts'
import { HardenedContainer } from './hardened-container.ts'

// Those of a developer, which are then of these sources, as after every build.
const tag = 'dev'
const names = apps.map(({ name }) => name)
const build = (...args: string[]) =>
  execa(process.execPath, ['scripts/images/main.ts', ...args], { cwd: new URL('../../..', import.meta.url) })

/** Nobody may write to the root file system, nor do more than a program needs that computes. */
const hardened = ['--read-only', '--cap-drop', 'ALL', '--network', 'none']

beforeAll(async () => {
  // The image of its helper, which removes what a killed test leaves, would have to be pulled.
  process.env['TESTCONTAINERS_RYUK_DISABLED'] = 'true'
  await build()
}, 300_000)

test('images that are there as they would be made are not built again', async () => {
  const format = ['--format', '{{.Id}}', ...names.map((name) => `gatehouse/${name}:${tag}`)]
  const before = await execa('docker', ['image', 'inspect', ...format])
  const { stderr } = await build()
  expect(stderr).not.toContain('being b')
  for (const name of names) expect(stderr).toContain(`gatehouse/${name}:${tag}: in the engine already`)
  expect((await execa('docker', ['image', 'inspect', ...format])).stdout).toBe(before.stdout)
})

describe('the image of dex', () => {
  const configuration = {
    issuer: 'http://dex.example.test:5556',
    storage: { type: 'memory' },
    web: { http: '0.0.0.0:5556' },
    telemetry: { http: '0.0.0.0:5558' },
    connectors: [{ type: 'mockCallback', id: 'mock', name: 'Example' }],
  }
  const start = async () => {
    const container = await new HardenedContainer(`gatehouse/dex:${tag}`)
      .withExposedPorts(5556, 5558)
      .withWaitStrategy(Wait.forHealthCheck())
      .withConfiguration(configuration)
    const running = await container.start()
    onTestFinished(async () => void (await running.stop()))
    return running
  }

  test('answers over the network, with its pages, and is healthy by its own check', async () => {
    const running = await start()
    const url = `http://${running.getHost()}:${running.getMappedPort(5556)}`
    const discovery = await fetch(`${url}/.well-known/openid-configuration`)
    expect(await discovery.json()).toMatchObject({ issuer: configuration.issuer })
    // The style sheet is a file beside the bundle.
    const styles = await fetch(`${url}/theme/styles.css`)
    expect(styles.headers.get('content-type')).toContain('text/css')
  })

  test('runs as nobody, has no shell, and ends cleanly', async () => {
    const running = await start()
    const who = await running.exec(['node', '-p', 'process.getuid() + ":" + process.getgid()'])
    expect(who.output.trim()).toBe('65532:65532')
    expect((await running.exec(['sh', '-c', 'true'])).exitCode).not.toBe(0)
    const write = await running.exec(['node', '-e', 'require("fs").writeFileSync("/app/main.mjs", "")'])
    expect(write.output).toMatch(/EROFS|EACCES/)
    await execa('docker', ['stop', running.getId()])
    const { stdout } = await execa('docker', ['inspect', '--format', '{{.State.ExitCode}}', running.getId()])
    expect(stdout).toBe('0')
  })
})

test('the image of console hands out the page that was built before, over TLS', async () => {
  const { authority, tls } = await certificateFor('console')
  const listen = (port: number) => ({ host: '0.0.0.0', port })
  const page = {
    cluster: 'test',
    issuer: 'https://dex.example.test',
    clientId: 'console',
    scopes: ['openid'],
    apiServer: 'https://apiserver.example.test',
    kubeconfigUrl: 'https://generator.example.test/kube-config',
  }
  const container = await new HardenedContainer(`gatehouse/console:${tag}`)
    .withExposedPorts(5173, 9002)
    .withWaitStrategy(Wait.forHealthCheck())
    .withConfiguration({ listen: listen(5173), operations: listen(9002), tls: mountedTls, page }, tls)
  const running = await container.start()
  onTestFinished(async () => void (await running.stop()))
  const address = `${running.getHost()}:${running.getMappedPort(5173)}`
  const agent = new Agent({ connect: { ca: authority, servername: 'console' } })
  onTestFinished(() => agent.close())
  const ask = async (path: string) =>
    (await request(`https://${address}${path}`, { dispatcher: agent })).body.text()
  expect(JSON.parse(await ask('/configuration.json'))).toEqual(page)
  const [, script = ''] = /src="(\/assets\/[^"]+\.js)"/.exec(await ask('/')) ?? []
  expect((await ask(script)).length).toBeGreaterThan(10_000)
})

const run = (...args: string[]) => execa('docker', ['run', '--rm', ...hardened, ...args])

/** What the bill of materials in an image names. */
async function billOf(image: string): Promise<string[]> {
  const read = "process.stdout.write(fs.readFileSync('/app/sbom.cdx.json'))"
  const { stdout } = await run('--entrypoint', 'node', image, '--eval', read)
  const { components } = JSON.parse(stdout) as { components: { purl: string }[] }
  return components.map(({ purl }) => purl)
}
const ofBase = /^pkg:(deb|generic\/node)/

describe('an image of another base with Node 24', () => {
  // Nothing can be pulled here: the base that was made before, under a name of somebody else's.
  const base = `somebody/node:${tag}`
  const image = 'gatehouse/apiserver-proxy:based'
  const renamed = 'somebody/apiserver-proxy:kept'
  const idOf = async (name: string) =>
    (await execa('docker', ['image', 'inspect', '--format', '{{.Id}}', name])).stdout
  beforeAll(async () => {
    await execa('docker', ['tag', `gatehouse/base:node${process.versions.node}`, base])
    await build('apiserver-proxy', '--base-image', base, '--tag', 'based')
    return async () => void (await execa('docker', ['image', 'rm', base, image, renamed]))
  }, 300_000)

  test('runs, and its bill is not of the base', async () => {
    expect((await run(image, '--help')).stdout).toContain('Usage: apiserver-proxy')
    expect((await billOf(image)).filter((purl) => ofBase.test(purl))).toEqual([])
  })

  test('is replaced by one of what is made here, and stays where somebody has given it a name', async () => {
    const id = await idOf(image)
    await execa('docker', ['tag', image, renamed])
    await build('apiserver-proxy', '--tag', 'based')
    expect(await idOf(image)).not.toBe(id)
    expect(await idOf(renamed)).toBe(id)
  })
})

test('the image of the stack is the whole command, and its bill names Kubernetes and the base, too', async () => {
  const image = `gatehouse/${stackImage}:${tag}`
  expect((await run(image, 'manifests', '--help')).stdout).toContain('Usage: gatehouse manifests')
  const bill = await billOf(image)
  expect(bill).toContainEqual(expect.stringMatching(/^pkg:generic\/kube-apiserver@v1\./))
  expect(bill).toContainEqual(expect.stringMatching(ofBase))
})

const services = names.filter((name) => name !== stackImage)

test.each(services)(
  'the image of %s tells what is wrong with its configuration, and ends with 2',
  async (name) => {
    const image = `gatehouse/${name}:${tag}`
    const ended = await execa('docker', ['run', '--rm', ...hardened, image], { reject: false })
    expect(ended.stderr).toContain('/etc/gatehouse/config.yaml')
    expect(ended.exitCode).toBe(2)
  },
)
