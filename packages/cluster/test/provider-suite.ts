import { stat } from 'node:fs/promises'
import { Agent, request } from 'node:https'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ClusterProvider } from '../src/index.ts'
import { readAuditLog } from './audit-log.ts'
import { portForward } from './port-forward.ts'
import { apply, runPod, type StartedCluster, startCluster } from './start-cluster.ts'

/**
 * What every provider must do, tried on a real cluster of it. Returns a function that gives the running
 * cluster to tests of one provider alone.
 */
export function testProvider(provider: ClusterProvider): () => StartedCluster {
  let started: StartedCluster
  beforeAll(async () => {
    started = await startCluster(provider)
    await runPod(started, 'web')
  })
  afterAll(async () => {
    await started[Symbol.asyncDispose]()
  })

  describe('a cluster that was started', () => {
    test.each(['view', 'edit', 'admin'])('has rules in the aggregated ClusterRole %s', async (role) => {
      const { stdout } = await started.kubectl([
        'get',
        'clusterrole',
        role,
        '-o',
        'jsonpath={.rules[*].resources}',
      ])
      expect(stdout).toContain('pods')
    })

    test('has a Ready node and the default ServiceAccount', async () => {
      const { stdout: nodes } = await started.kubectl([
        'get',
        'nodes',
        '-o',
        'jsonpath={.items[*].status.conditions[?(@.type=="Ready")].status}',
      ])
      expect(nodes).toContain('True')
      const { exitCode } = await started.kubectl(['get', 'serviceaccount', 'default'])
      expect(exitCode).toBe(0)
    })

    test('holds nothing of the probe that proved it ready', async () => {
      const { stdout } = await started.kubectl(['get', 'pods,events', '-A', '-o', 'yaml'])
      expect(stdout).toContain('name: web')
      expect(stdout).not.toContain('gatehouse-ready-probe')
    })

    test('schedules and runs the pods of a Deployment', async () => {
      await started.kubectl(['create', 'deployment', 'pair', '--image=none', '--replicas=2'])
      const { stdout, stderr } = await started.kubectl([
        'rollout',
        'status',
        'deployment/pair',
        '--timeout=15s',
      ])
      expect(stdout, stderr).toContain('successfully rolled out')
      const deleted = await started.kubectl(['delete', 'deployment', 'pair', '--wait'])
      expect(deleted.exitCode, deleted.stderr).toBe(0)
    })

    test('completes a Job', async () => {
      await started.kubectl(['create', 'job', 'once', '--image=none'])
      const { stdout, stderr } = await started.kubectl([
        'wait',
        '--for=condition=Complete',
        'job/once',
        '--timeout=15s',
      ])
      expect(stdout, stderr).toContain('condition met')
      await started.kubectl(['delete', 'job', 'once'])
    })

    test('deletes a namespace with what it holds', async () => {
      await started.kubectl(['create', 'namespace', 'short-lived'])
      await started.kubectl(['create', 'configmap', 'some', '-n', 'short-lived'])
      const { exitCode, stderr } = await started.kubectl([
        'delete',
        'namespace',
        'short-lived',
        '--timeout=15s',
      ])
      expect(exitCode, stderr).toBe(0)
    })
  })

  describe('kubectl', () => {
    test('logs prints lines', async () => {
      const { stdout, stderr } = await started.kubectl(['logs', 'web'])
      expect(stdout, stderr).not.toBe('')
    })

    test.each([
      ['WebSocket', 'true'],
      ['SPDY', 'false'],
    ])('exec runs a command over %s', async (_protocol, websockets) => {
      const { stdout, stderr } = await started.kubectl(
        ['exec', 'web', '--', 'sh', '-c', 'echo out; echo err >&2'],
        {
          env: { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: websockets },
        },
      )
      expect({ stdout, stderr }).toEqual({ stdout: 'out', stderr: 'err' })
    })

    test('exec passes stdin on', async () => {
      const { stdout, stderr } = await started.kubectl(['exec', '-i', 'web', '--', 'head', '-n1'], {
        input: 'a line\n',
      })
      expect(stdout, stderr).toBe('a line')
    })

    test('exec of a command that fails fails', async () => {
      const { exitCode } = await started.kubectl(['exec', 'web', '--', 'false'])
      expect(exitCode).not.toBe(0)
    })

    test('cp copies out of a pod', async () => {
      const { stdout, stderr } = await started.kubectl([
        'exec',
        'web',
        '--',
        'tar',
        '-cf',
        '-',
        '/etc/passwd',
      ])
      expect(stdout, stderr).toContain('root:x:0:0:')
    })

    test('port-forward reaches the pod', async () => {
      await using forward = await portForward(started, 'web', 80)
      const answer = await fetch(forward.url, { signal: AbortSignal.timeout(5_000) })
      expect(answer.status).toBe(200)
    })

    test('attach is let through and stays', async () => {
      const attached = started.kubectl(['attach', 'web'], { timeoutMs: 4_000 })
      const { auditLog } = started.cluster
      if (auditLog === undefined) throw new Error('this provider has no audit log to see attach in')
      await expect
        .poll(
          async () =>
            (await readAuditLog(auditLog)).filter((event) => event.objectRef?.subresource === 'attach'),
          {
            timeout: 8_000,
          },
        )
        .toEqual(
          expect.arrayContaining([
            expect.objectContaining({ responseStatus: expect.objectContaining({ code: 101 }) }),
          ]),
        )
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
      expect(events.map((event) => event.verb)).toContain('create')
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

function anonymousStatus({ cluster }: StartedCluster, path: string): Promise<number | undefined> {
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
