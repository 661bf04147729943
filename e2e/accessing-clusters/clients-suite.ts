import { beforeAll, describe, expect, test } from 'vitest'
import { type Client, clients, prepareClient, runClient } from './clients.ts'
import { needs } from './toolchains.ts'
import { ADMIN, ODD_NAMES, type World, writeFileOf } from './world.ts'

/** Names of namespaces that YAML reads as something else. */
const NAMESPACES = ['1e3', 'null', 'on'] as const

/** The same files in the hands of every client library. */
export function testClients(opened: () => World): void {
  describe.for(Object.entries<Client>(clients))('%s', ([name, client]) => {
    let options: { directory: string; env: Record<string, string> }
    beforeAll(async () => {
      const { stack, path } = opened()
      // What the page's commands have installed is there already.
      options = { directory: `${stack.directory}/terminal`, env: { PATH: path } }
    })

    test('names that YAML could misread stay what they are', { timeout: 600_000 }, async (context) => {
      await needs(client.program, context)
      await prepareClient(client, options)
      const world = opened()
      for (const [index, cluster] of ODD_NAMES.entries()) {
        const namespace = NAMESPACES[index]!
        const path = `/v1/spectroclusters/${cluster}/assets/kubeconfig?namespace=${namespace}`
        const { text } = await world.download(ADMIN, path)
        const kubeconfig = await writeFileOf(world, `${name}-${cluster}.yml`, text)
        expect(await runClient(client, { ...options, kubeconfig })).toEqual({
          context: `${ADMIN}@${cluster}`,
          cluster,
          user: `${ADMIN}@${cluster}`,
          namespace,
          username: ADMIN,
          namespaces: expect.any(Number),
        })
      }
    })

    test(
      'client certificates work at the API server and through the TLS tunnel',
      { timeout: 600_000 },
      async (context) => {
        await needs(client.program, context)
        const world = opened()
        const whoIs = async (file: string) => {
          const { text } = await world.download(ADMIN, `/v1/spectroclusters/tunnelled/assets/${file}`)
          const kubeconfig = await writeFileOf(world, `${name}-${file}.yml`, text)
          const told = runClient(client, { ...options, kubeconfig })
          return told.then(
            ({ username }) => username,
            (error: Error) => error.message,
          )
        }
        const download = /^system:gatehouse:download:admin@kyma\.cx:[0-9a-f]{20}$/
        expect(await whoIs('adminkubeconfig')).toMatch(download)
        // Who does not ask for the right name must not take the certificate of another one for good.
        expect(await whoIs('kubeconfig')).toMatch(client.knowsServerName ? download : /SSLHandshakeException/)
      },
    )
  })
}
