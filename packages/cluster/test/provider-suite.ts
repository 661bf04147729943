import { readFile, rm, stat } from 'node:fs/promises'
import { Agent, request } from 'node:https'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { ClusterProvider } from '../src/index.ts'
import {
  apply,
  kubectlOutput,
  needsExec,
  startTestCluster,
  type TestCluster,
  type TestClusterOptions,
} from '../src/test-cluster.ts'
import { readAuditLog } from './audit-log.ts'
import { runPod } from './pods.ts'
import { portForward } from './port-forward.ts'

/**
 * What every provider must do, tried on a real cluster of it. Returns a function that gives the running
 * cluster to tests of one provider alone. Pods are of `image`, which serves port 80, and which a cluster without
 * a runtime never looks for. `options` is asked for before the start.
 */
export function testProvider(
  provider: ClusterProvider,
  { image = 'none', options = () => ({}) }: { image?: string; options?: () => TestClusterOptions } = {},
): () => TestCluster {
  let started: TestCluster
  beforeAll(async () => {
    started = await startTestCluster(provider, options())
    await runPod(started, 'web', image)
  })
  afterAll(async () => {
    await started[Symbol.asyncDispose]()
  })

  const output = (...args: string[]) => kubectlOutput(started, args)

  describe('a cluster that was started', () => {
    test.each(['view', 'edit', 'admin'])('has rules in the aggregated ClusterRole %s', async (role) => {
      expect(await output('get', 'clusterrole', role, '-o', 'jsonpath={.rules[*].resources}')).toContain(
        'pods',
      )
    })

    test('has a Ready node and the default ServiceAccount', async () => {
      const ready = '{.items[*].status.conditions[?(@.type=="Ready")].status}'
      expect(await output('get', 'nodes', '-o', `jsonpath=${ready}`)).toContain('True')
      expect(await output('get', 'serviceaccount', 'default', '-o', 'name')).toBe('serviceaccount/default')
    })

    test('holds nothing of the probe that proved it ready', async () => {
      const found = await output('get', 'pods,events', '-A', '-o', 'yaml')
      expect(found).toContain('name: web')
      expect(found).not.toContain('gatehouse-ready-probe')
    })

    test('schedules and runs the pods of a Deployment', async () => {
      await output('create', 'deployment', 'pair', `--image=${image}`, '--replicas=2')
      expect(await output('rollout', 'status', 'deployment/pair', '--timeout=60s')).toContain('successfully')
      await output('delete', 'deployment', 'pair', '--wait')
    })

    test('completes a Job', async () => {
      await output('create', 'job', 'once', `--image=${image}`, '--', 'true')
      expect(await output('wait', '--for=condition=Complete', 'job/once', '--timeout=60s')).toContain('met')
      await output('delete', 'job', 'once')
    })

    test('deletes a namespace with what it holds', async () => {
      await output('create', 'namespace', 'short-lived')
      await output('create', 'configmap', 'some', '-n', 'short-lived')
      expect(await output('delete', 'namespace', 'short-lived', '--timeout=20s')).toContain('deleted')
    })

    test('logs prints lines', async () => {
      expect(await output('logs', 'web')).not.toBe('')
    })
  })

  describe('in a pod', () => {
    beforeEach((context) => needsExec(started.cluster, context))

    test.each([
      ['WebSocket', 'true'],
      ['SPDY', 'false'],
    ])('exec runs a command over %s', async (_protocol, websockets) => {
      const { stdout, stderr } = await started.kubectl(
        ['exec', 'web', '--', 'sh', '-c', 'echo out; echo err >&2'],
        { env: { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: websockets } },
      )
      expect({ stdout, stderr }).toEqual({ stdout: 'out', stderr: 'err' })
    })

    test('exec passes stdin on', async () => {
      const read = ['exec', '-i', 'web', '--', 'head', '-n1']
      expect(await kubectlOutput(started, read, { input: 'a line\n' })).toBe('a line')
    })

    test('exec of a command that fails fails', async () => {
      expect((await started.kubectl(['exec', 'web', '--', 'false'])).exitCode).toBe(1)
      expect((await started.kubectl(['exec', 'web', '--', 'true'])).exitCode).toBe(0)
    })

    test('cp copies out', async () => {
      const copy = join(started.directory, 'passwd')
      await output('cp', 'web:/etc/passwd', copy)
      expect(await readFile(copy, 'utf8')).toContain('root:x:0:0:')
      await rm(copy)
    })

    test('port-forward reaches something', async () => {
      await using forward = await portForward(started, 'web', 80)
      const answer = await fetch(forward.url, { signal: AbortSignal.timeout(5_000) })
      expect(answer.status).toBe(200)
    })

    test('attach is let through and stays', async () => {
      const { auditLog } = started.cluster
      if (auditLog === undefined) throw new Error('this provider has no audit log to see attach in')
      const detach = new AbortController()
      const attached = started.kubectl(['attach', 'web'], { signal: detach.signal })
      const answers = async () => {
        const events = await readAuditLog(auditLog)
        return events
          .filter((event) => event.objectRef?.subresource === 'attach')
          .map((event) => event.responseStatus?.code)
      }
      await expect.poll(answers).toContain(101)
      detach.abort()
      // No exit code: it ran until it was told to end.
      expect((await attached).exitCode).toBeUndefined()
    })
  })

  describe('who may do what', () => {
    test('an identity without RBAC may do nothing, and is known by its name and groups', async () => {
      const kubeconfig = await started.cluster.kubeconfigFor({ user: 'jane@example.org', groups: ['team-a'] })
      const refused = await started.kubectl(['get', 'pods'], { kubeconfig })
      expect(refused.exitCode).toBe(1)
      expect(refused.stderr).toContain('User "jane@example.org" cannot list resource "pods"')
      const who = await started.kubectl(['auth', 'whoami', '-o', 'jsonpath={.status.userInfo}'], {
        kubeconfig,
      })
      expect(JSON.parse(who.stdout)).toMatchObject({
        username: 'jane@example.org',
        groups: ['team-a', 'system:authenticated'],
      })
    })

    test('an identity gets the rights that RBAC gives, and no more', async () => {
      const kubeconfig = await started.cluster.kubeconfigFor({ user: 'joe', groups: ['viewers'] })
      await started.kubectl([
        'create',
        'clusterrolebinding',
        'viewers',
        '--clusterrole=view',
        '--group=viewers',
      ])
      await expect
        .poll(async () => (await started.kubectl(['get', 'pods', '-o', 'name'], { kubeconfig })).stdout)
        .toContain('pod/web')
      const refused = await started.kubectl(['get', 'secrets'], { kubeconfig })
      expect(refused.stderr).toContain('User "joe" cannot list resource "secrets"')
    })

    test.each([
      { user: 'system:kube-controller-manager' },
      { user: 'system:gatehouse:admin' },
      { user: 'jane', groups: ['system:masters'] },
      { user: '' },
    ])('no kubeconfig is made for $user $groups', async (identity) => {
      await expect(started.cluster.kubeconfigFor(identity)).rejects.toMatchObject({
        code: 'ERR_RESERVED_IDENTITY',
      })
    })

    test('the administrator may do everything', async () => {
      const { stdout } = await started.kubectl(['auth', 'can-i', '*', '*', '--all-namespaces'])
      expect(stdout).toBe('yes')
    })

    test('kubeconfigs are for their owner alone', async () => {
      const files = [started.cluster.adminKubeconfig, await started.cluster.kubeconfigFor({ user: 'jane' })]
      for (const file of files) expect((await stat(file)).mode & 0o777).toBe(0o600)
    })

    test.each([
      ['/readyz', 200],
      ['/api/v1/secrets', 401],
      ['/version', 401],
      ['/metrics', 401],
    ])('an anonymous GET %s is answered with %i', async (path, status) => {
      expect(await anonymousStatus(started, path)).toBe(status)
    })
  })

  describe('the audit log', () => {
    test('says who did what, and never what a Secret holds', async () => {
      const { auditLog } = started.cluster
      if (auditLog === undefined) throw new Error('this provider has no audit log')
      const body = 'eW91LXNob3VsZC1ub3Qtc2VlLW1l'
      await apply(started, `{apiVersion: v1, kind: Secret, metadata: {name: hidden}, data: {key: ${body}}}`)
      await started.kubectl(['get', 'secret', 'hidden', '-o', 'yaml'])
      const ofSecret = async () =>
        (await readAuditLog(auditLog)).filter((event) => event.objectRef?.name === 'hidden')
      await expect.poll(async () => (await ofSecret()).map((event) => event.verb)).toContain('get')
      const events = await ofSecret()
      expect(events.map((event) => event.verb)).toContain('patch')
      for (const event of events) {
        expect(event).toMatchObject({ level: 'Metadata', stage: 'ResponseComplete' })
        expect(event).not.toHaveProperty('requestObject')
        expect(event).not.toHaveProperty('responseObject')
        expect(JSON.stringify(event)).not.toContain(body)
      }
    })
  })

  return () => started
}

function anonymousStatus({ cluster }: TestCluster, path: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const agent = new Agent({ ca: cluster.certificateAuthority })
    const sent = request(new URL(path, cluster.server), { agent }, (response) => {
      response.resume()
      resolve(response.statusCode)
    })
    sent.once('error', reject)
    sent.end()
  })
}
