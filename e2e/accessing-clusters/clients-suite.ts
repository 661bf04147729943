import { dirname, join } from 'node:path'
import { runWithPerson } from '@gatehouse/e2e-kubeconfig-access/terminal'
import { isThere, needs } from '@gatehouse/e2e-clients/toolchains'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Client, clients, COMPILE_LESS, type Told } from './clients.ts'
import { ADMIN, ODD_NAMES, type World, writeFileOf } from './world.ts'

/** Names of namespaces that YAML reads as something else. */
const NAMESPACES = ['1e3', 'null', 'on'] as const
const DOWNLOAD = /^system:gatehouse:download:admin@kyma\.cx:[0-9a-f]{20}$/

/** The same files in the hands of every client. */
export function testClients(opened: () => World): void {
  describe('the files', () => {
    /** Of the oddly named clusters. */
    let odd: string[]
    /** One of the format `exec`, with which somebody has logged in. */
    let loggedIn: string
    /** With client certificates: straight to the API server, and through the tunnel. */
    let direct: string
    let tunnelled: string
    beforeAll(async () => {
      const world = opened()
      loggedIn = await logInOnce(world)
      const ofOdd = ODD_NAMES.map((cluster, index) => {
        const target = `/v1/spectroclusters/${cluster}/assets/kubeconfig?namespace=${NAMESPACES[index]}`
        return downloadTo(world, `clients-${cluster}.yml`, target)
      })
      odd = await Promise.all(ofOdd)
      const assets = '/v1/spectroclusters/tunnelled/assets'
      direct = await downloadTo(world, 'clients-direct.yml', `${assets}/adminkubeconfig`)
      tunnelled = await downloadTo(world, 'clients-tunnelled.yml', `${assets}/kubeconfig`)
    })

    describe.for(Object.entries<Client>(clients))('in %s', ([, client]) => {
      let ask: (...kubeconfigs: string[]) => Promise<Told[]>
      /** What it has told with each file. */
      const told = new Map<string, Told>()
      beforeAll(async () => {
        if (!(await isThere(client.program))) return
        const world = opened()
        const { path, stack } = world
        const prepared = await client.prepare({
          terminal: join(stack.directory, 'terminal'),
          env: { ...COMPILE_LESS, PATH: path },
        })
        const cache = cacheOf(world)
        const env = { ...COMPILE_LESS, PATH: path, XDG_CACHE_HOME: cache, KUBECACHEDIR: cache }
        ask = (...kubeconfigs) => prepared(kubeconfigs, env)
        // All at once: for most clients it is their start that takes long.
        const files = [...odd, direct, loggedIn, ...(client.knowsServerName ? [tunnelled] : [])]
        const answers = await ask(...files)
        for (const [index, file] of files.entries()) told.set(file, answers[index]!)
      }, 900_000)
      beforeEach((context) => needs(client.program, context))

      test('names that YAML could misread stay what they are', () => {
        expect(odd.map((file) => told.get(file))).toEqual(
          ODD_NAMES.map((cluster, index) => ({
            context: `${ADMIN}@${cluster}`,
            cluster,
            user: `${ADMIN}@${cluster}`,
            namespace: NAMESPACES[index],
            username: ADMIN,
            namespaces: expect.any(Number),
          })),
        )
      })

      test('client certificates work at the API server and through the TLS tunnel', async () => {
        expect(told.get(direct)?.username).toMatch(DOWNLOAD)
        const throughTunnel = () =>
          ask(tunnelled).then(
            ([answer]) => answer?.username,
            (error: Error) => error.message,
          )
        // Who does not ask for the right name must not take the certificate of another one for good.
        const expected = client.knowsServerName ? DOWNLOAD : /SSLHandshakeException/
        expect(told.get(tunnelled)?.username ?? (await throughTunnel())).toMatch(expected)
      })

      test('the format exec gives the tokens of somebody who has logged in', () => {
        expect(told.get(loggedIn)).toMatchObject({ username: ADMIN, context: `${ADMIN}@gatehouse` })
      })
    })
  })
}

/** Where `gatehouse get-token` keeps tokens, and kubectl what it has discovered. */
const cacheOf = ({ stack }: World) => join(stack.directory, 'cache')

/** Writes what the administrator downloads from `target` to a file of the name, and returns its path. */
async function downloadTo(world: World, name: string, target: string): Promise<string> {
  const { status, text } = await world.download(ADMIN, target)
  if (status !== 200) throw new Error(`the generator answered ${status} to ${target}: ${text}`)
  return writeFileOf(world, name, text)
}

/** Downloads the file of the format exec, and logs in with it in a browser. Returns its path. */
async function logInOnce(world: World): Promise<string> {
  const file = await downloadTo(world, 'exec.yml', '/kube-config?format=exec')
  const { kubectl } = world.stack.status.cluster!
  const env = {
    KUBECONFIG: file,
    HOME: world.stack.directory,
    XDG_CACHE_HOME: cacheOf(world),
    PATH: dirname(kubectl),
    GATEHOUSE_LOGIN: 'link',
  }
  const command = { program: kubectl, args: ['get', '--raw', '/version'], env }
  const ran = await runWithPerson(world, ADMIN, command)
  expect(ran).toMatchObject({ exitCode: 0, pages: [expect.stringContaining('You are logged in')] })
  return file
}
