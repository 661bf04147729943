import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { output } from './all-objects.ts'
import type { Terminal, TestStack } from './gatehouse.ts'

const NAMESPACE = 'accessing-clusters'
const ADMIN = 'admin@kyma.cx'
const NOBODY = 'no-rights-user@kyma.cx'

/** The NodePort in accessing-clusters.yaml. */
export const NODE_PORT = 30080

const often = { interval: 20 }

/**
 * The ways of Kubernetes' page "Accessing Clusters" that need real pods, Services and nodes: from a pod, through
 * the API server's own proxy, through kube-proxy, and through a proxy in front of the API server.
 */
export function testAccessingClusters(opened: () => { stack: TestStack; hostPort: number }): void {
  describe('accessing the cluster', () => {
    let admin: Terminal
    let node: string
    /** Names of the two pods behind the Service. */
    let pods: string[]
    beforeAll(async () => {
      admin = await opened().stack.terminalOf(ADMIN)
      const manifests = await readFile(join(import.meta.dirname, 'accessing-clusters.yaml'), 'utf8')
      expect(await admin.kubectlWith(manifests, 'apply', '-f', '-')).toMatchObject({ exitCode: 0 })
      await inNamespace('rollout', 'status', 'deployment/web', '--timeout=60s')
      await inNamespace('wait', '--for=condition=Ready', 'pod/client', '--timeout=60s')
      // The table has one, too, which is none.
      const real = ['-l', 'node-role.kubernetes.io/control-plane']
      node = await output(admin, 'get', 'nodes', ...real, '-o', 'jsonpath={.items[*].metadata.name}')
      const names = await inNamespace(
        'get',
        'pods',
        '-l',
        'app=web',
        '-o',
        'jsonpath={.items[*].metadata.name}',
      )
      pods = names.split(' ')
    })
    const inNamespace = (...args: string[]) => output(admin, '-n', NAMESPACE, ...args)
    const inPod = (...command: string[]) => admin.kubectl('-n', NAMESPACE, 'exec', 'client', '--', ...command)
    const raw = (path: string) => output(admin, 'get', '--raw', path)

    /** Asks once more each time, and gives the names of all that have answered so far. */
    const collect = (ask: () => Promise<string>) => {
      const answered = new Set<string>()
      return async () => [...answered.add((await ask()).trim())].toSorted()
    }

    describe('from a pod', () => {
      test('a client finds the API server and its ServiceAccount by itself, and verifies the server', async () => {
        const whoami = await inPod('kubectl', 'auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username}')
        expect(whoami).toMatchObject({ exitCode: 0, stdout: `system:serviceaccount:${NAMESPACE}:reader` })
        expect(await inPod('kubectl', 'get', 'services', '-o', 'name')).toMatchObject({
          stdout: 'service/web',
        })
      })

      test('the ServiceAccount has the rights that it was given, and no more', async () => {
        expect(await inPod('kubectl', 'get', 'secrets')).toMatchObject({
          exitCode: 1,
          stderr: expect.stringContaining(
            `User "system:serviceaccount:${NAMESPACE}:reader" cannot list resource "secrets"`,
          ),
        })
      })

      test('without the token that is mounted the server knows nobody', async () => {
        const authority = '--certificate-authority=/var/run/secrets/kubernetes.io/serviceaccount/ca.crt'
        const server = '--server=https://kubernetes.default.svc'
        expect(await inPod('kubectl', server, authority, '--token=none', 'get', 'pods')).toMatchObject({
          exitCode: 1,
          stderr: expect.stringContaining('must be logged in'),
        })
      })

      test('kubectl proxy in the pod serves it without credentials', async () => {
        const ask = `kubectl proxy --port=8001 >/tmp/proxy & until wget -qO- http://127.0.0.1:8001/api/; do sleep 0.1; done; kill $!`
        const { stdout } = await inPod('sh', '-c', ask)
        expect(JSON.parse(stdout)).toMatchObject({ kind: 'APIVersions', versions: ['v1'] })
      })
    })

    describe("through the API server's proxy", () => {
      const services = `/api/v1/namespaces/${NAMESPACE}/services`

      test.each(['web:http', 'web:80', 'http:web:http'])('the Service %s', async (name) => {
        expect(pods).toContain((await raw(`${services}/${name}/proxy/`)).trim())
      })

      test('a Service with two pods, of which now one answers and then the other', async () => {
        await expect
          .poll(
            collect(() => raw(`${services}/web:http/proxy/`)),
            often,
          )
          .toEqual(pods.toSorted())
      })

      test('a Service over TLS', async () => {
        const path = '/api/v1/namespaces/kube-system/services/https:accessing-clusters-tls:https/proxy/readyz'
        await expect.poll(() => raw(path), often).toBe('ok')
      })

      test('the Pod that was asked for', async () => {
        for (const pod of pods) {
          for (const name of [pod, `${pod}:80`, `http:${pod}:80`]) {
            expect((await raw(`/api/v1/namespaces/${NAMESPACE}/pods/${name}/proxy/`)).trim()).toBe(pod)
          }
        }
      })

      test('a Pod over TLS', async () => {
        const path = `/api/v1/namespaces/kube-system/pods/https:kube-apiserver-${node}:6443/proxy/readyz`
        expect(await raw(path)).toBe('ok')
      })

      test('a Node, whose kubelet answers over TLS', async () => {
        expect(await raw(`/api/v1/nodes/${node}/proxy/healthz`)).toBe('ok')
        expect(await raw(`/api/v1/nodes/https:${node}:10250/proxy/pods`)).toContain('"kind":"PodList"')
      })

      test('a port of a Node without TLS: that of kube-proxy, which is well', async () => {
        const health = await raw(`/api/v1/nodes/http:${node}:10256/proxy/healthz`)
        expect(JSON.parse(health)).toHaveProperty('lastUpdated')
      })

      test.each(['services/web/proxy/', 'pods/POD:80/proxy/'])(
        'somebody without rights is refused %s',
        async (path) => {
          const nobody = await opened().stack.terminalOf(NOBODY)
          const [resource] = path.split('/')
          const target = `/api/v1/namespaces/${NAMESPACE}/${path.replace('POD', pods[0] ?? '')}`
          expect(await nobody.kubectl('get', '--raw', target)).toMatchObject({
            exitCode: 1,
            stderr: expect.stringContaining(`User "${NOBODY}" cannot get resource "${resource}/proxy"`),
          })
        },
      )
    })

    describe('through kube-proxy', () => {
      test('a Service by its name from a pod, at one pod and at the other', async () => {
        const ask = async () => (await inPod('wget', '-qO-', `http://web.${NAMESPACE}.svc`)).stdout
        await expect.poll(collect(ask), often).toEqual(pods.toSorted())
      })

      test('a Service by a port of the node, which this machine has too', async () => {
        const ask = async () => {
          // A pod is chosen for a connection, not for a request.
          const headers = { connection: 'close' }
          return (await fetch(`http://127.0.0.1:${opened().hostPort}/`, { headers })).text()
        }
        await expect.poll(collect(ask), often).toEqual(pods.toSorted())
      })
    })

    describe('through a proxy in front of the API server', () => {
      const throughGateway = async (person: string, ...args: string[]) => {
        const { hostname, port } = new URL(opened().stack.status.issuer)
        const server = [
          `--server=https://127.0.0.1:${port}`,
          `--tls-server-name=${hostname.replace(/^dex/, 'apiserver')}`,
        ]
        return (await opened().stack.terminalOf(person)).kubectl(...server, ...args)
      }

      test('the gateway leads to the API server by its host name, for kubectl and its streams', async () => {
        expect(await throughGateway(ADMIN, 'get', 'node', node, '-o', 'name')).toMatchObject({
          exitCode: 0,
          stdout: `node/${node}`,
        })
        const exec = ['-n', NAMESPACE, 'exec', 'client', '--', 'echo', 'through the gateway']
        expect(await throughGateway(ADMIN, ...exec)).toMatchObject({ stdout: 'through the gateway' })
      })

      test('who may do nothing may not do more there', async () => {
        expect(await throughGateway(NOBODY, 'get', 'nodes')).toMatchObject({
          exitCode: 1,
          stderr: expect.stringContaining(`User "${NOBODY}" cannot list resource "nodes"`),
        })
      })
    })
  })
}
