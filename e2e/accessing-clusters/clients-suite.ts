import { dirname, join } from 'node:path'
import { openBrowser } from '@gatehouse/e2e-kubeconfig-access/person'
import { runWithPerson } from '@gatehouse/e2e-kubeconfig-access/terminal'
import { isThere, needs } from '@gatehouse/e2e-clients/toolchains'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Ask, type Client, clients } from './clients.ts'
import { ADMIN, ODD_NAMES, type World, writeFileOf } from './world.ts'

/** Names of namespaces that YAML reads as something else. */
const NAMESPACES = ['1e3', 'null', 'on'] as const
const DOWNLOAD = /^system:gatehouse:download:admin@kyma\.cx:[0-9a-f]{20}$/

/** The same files in the hands of every client. */
export function testClients(opened: () => World): void {
  describe('the files', () => {
    /** One of the format `exec`, with which somebody has logged in. */
    let loggedIn: string
    /** With client certificates: straight to the API server, and through the tunnel. */
    let direct: string
    let tunnelled: string
    beforeAll(async () => {
      const world = opened()
      loggedIn = await logInOnce(world)
      // Once for all clients: the generator hands out few credentials a minute.
      direct = await downloadTo(
        world,
        'clients-direct.yml',
        '/v1/spectroclusters/tunnelled/assets/adminkubeconfig',
      )
      tunnelled = await downloadTo(
        world,
        'clients-tunnelled.yml',
        '/v1/spectroclusters/tunnelled/assets/kubeconfig',
      )
    })

    describe.for(Object.entries<Client>(clients))('in %s', ([name, client]) => {
      let ask: Ask
      beforeAll(async () => {
        const { stack, path } = opened()
        if (await isThere(client.program)) {
          ask = await client.prepare({ terminal: join(stack.directory, 'terminal'), env: { PATH: path } })
        }
      }, 900_000)
      beforeEach((context) => needs(client.program, context))

      const askWith = (kubeconfig: string) => {
        const world = opened()
        const cache = cacheOf(world)
        return ask({ PATH: world.path, KUBECONFIG: kubeconfig, XDG_CACHE_HOME: cache, KUBECACHEDIR: cache })
      }

      test('names that YAML could misread stay what they are', async () => {
        const told = ODD_NAMES.map(async (cluster, index) => {
          const query = `namespace=${NAMESPACES[index]}`
          const target = `/v1/spectroclusters/${cluster}/assets/kubeconfig?${query}`
          return askWith(await downloadTo(opened(), `${name}-${cluster}.yml`, target))
        })
        expect(await Promise.all(told)).toEqual(
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
        const whoIs = async (kubeconfig: string) =>
          askWith(kubeconfig).then(
            ({ username }) => username,
            (error: Error) => error.message,
          )
        expect(await whoIs(direct)).toMatch(DOWNLOAD)
        // Who does not ask for the right name must not take the certificate of another one for good.
        expect(await whoIs(tunnelled)).toMatch(client.knowsServerName ? DOWNLOAD : /SSLHandshakeException/)
      })

      test('the format exec gives the tokens of somebody who has logged in', async () => {
        expect(await askWith(loggedIn)).toMatchObject({ username: ADMIN, context: `${ADMIN}@gatehouse` })
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
  await using chromium = await openBrowser(world.stack)
  const { kubectl } = world.stack.status.cluster!
  const env = {
    KUBECONFIG: file,
    HOME: world.stack.directory,
    XDG_CACHE_HOME: cacheOf(world),
    PATH: dirname(kubectl),
    GATEHOUSE_LOGIN: 'link',
  }
  const command = { program: kubectl, args: ['get', '--raw', '/version'], env }
  const ran = await runWithPerson({ stack: world.stack, chromium }, ADMIN, command)
  expect(ran).toMatchObject({ exitCode: 0, pages: [expect.stringContaining('You are logged in')] })
  return file
}
