import { copyFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { temporaryDirectory } from '@gatehouse/e2e-path-b/gatehouse'
import { freePort } from '@gatehouse/cluster/free-port'
import { machineState } from '@gatehouse/cluster/test-machine'
import { tunnelledCluster } from '@gatehouse/e2e-path-b/tunnelled-cluster'
import { testKubeconfigAccess } from '@gatehouse/e2e-kubeconfig-access/files-suite'
import { testPathA } from '@gatehouse/e2e-path-a/people-suite'
import { type Site, siteOf } from '@gatehouse/e2e-path-b/site'
import type { StackStatus } from '@gatehouse/stack/running'
import { execa } from 'execa'
import getPort from 'get-port'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { NODE_PORT, testAccessingClusters } from '@gatehouse/e2e-path-b/accessing-clusters-suite'
import { testIssuedFiles } from '@gatehouse/e2e-path-b/issued-files-suite'
import { conformanceAnswers } from '@gatehouse/e2e-path-b/conformance-answers'
import { testConformance } from '@gatehouse/e2e-path-b/conformance-suite'
import { openPathB, type PathB } from '@gatehouse/e2e-path-b/path-b'
import { testPeople, testWithoutBasicRights } from '@gatehouse/e2e-path-b/people-suite'
import { testUpgrades } from '@gatehouse/e2e-path-b/upgrades-suite'

/** Path B on a cluster with a real kubelet: the same table, the same words. */
describe('on kind', { timeout: 120_000 }, () => {
  let pathB: PathB
  let site: Site
  let directory: string
  let hostPort: number
  let before: Record<string, string>
  beforeAll(async () => {
    before = await machineState()
    directory = await temporaryDirectory()
    hostPort = await getPort({ host: '127.0.0.1' })
    const settings = { kind: { portMappings: [{ containerPort: NODE_PORT, hostPort }] } }
    const ports = { apiserver: await freePort(), gatewayHttps: await freePort() }
    const catalogue = { clusters: [tunnelledCluster(directory, ports)] }
    pathB = await openPathB('kind', settings, { ports, catalogue }, { directory })
    site = await siteOf(pathB.stack, 'kind')
  }, 600_000)
  afterAll(async () => {
    await pathB?.[Symbol.asyncDispose]()
    await rm(directory, { recursive: true, force: true })
  })

  testAccessingClusters(() => ({ stack: pathB.stack, hostPort }))
  testIssuedFiles(() => pathB.stack)
  testUpgrades(() => pathB)
  testPeople(() => pathB)
  testPathA(() => site)
  testKubeconfigAccess(() => site)

  testConformance('kind', () => conformanceAnswers(pathB.stack))

  test('the doctor finds nothing wrong, and knows the engine and the node image', async () => {
    const { exitCode, stdout } = await pathB.stack.gatehouse('doctor', '--json')
    const findings = JSON.parse(stdout) as { check: string; level: string; message: string }[]
    expect(findings.filter(({ level }) => level === 'error')).toEqual([])
    expect(exitCode).toBe(0)
    const ofDocker = findings.filter(({ check }) => check === 'docker').map(({ message }) => message)
    expect(ofDocker).toEqual(expect.arrayContaining([expect.stringContaining('node image gatehouse/node:')]))
  })

  testWithoutBasicRights(() => pathB)

  // Last, since it ends the stack.
  describe('a second start', { timeout: 300_000 }, () => {
    let second: StackStatus
    const files = { proxy: '', direct: '' }

    test('begins on a machine from which down has removed the first one', async () => {
      const { stack } = pathB
      files.proxy = (await stack.terminalOf('admin@kyma.cx')).kubeconfig
      // Past the proxy, by a certificate of the cluster's authority.
      files.direct = join(directory, 'direct.yml')
      await copyFile(stack.status.cluster!.adminKubeconfig, files.direct)
      expect((await machineState())['containers']).toContain('gatehouse-default-')
      expect(await stack.gatehouse('down')).toMatchObject({ exitCode: 0 })
      expect(await machineState()).toEqual(before)
      expect(await stack.gatehouse('up', '--detach')).toMatchObject({ exitCode: 0 })
      second = JSON.parse((await stack.gatehouse('status', '--json')).stdout) as StackStatus
    })

    test('is the same but for its data: addresses, the issuer with its keys, all authorities', async () => {
      expect(second.cluster).toMatchObject({ provider: 'kind', issuerTrusted: true })
      expect(second.urls).toEqual(pathB.stack.status.urls)
      const mayEverything = async (KUBECONFIG: string) => {
        const env = { KUBECONFIG, HOME: directory }
        const asked = await execa(second.cluster!.kubectl, ['auth', 'can-i', '*', '*'], {
          env,
          reject: false,
        })
        return { KUBECONFIG, stdout: asked.stdout, stderr: asked.stderr }
      }
      for (const file of Object.values(files))
        await expect
          .poll(() => mayEverything(file))
          .toMatchObject({ KUBECONFIG: file, stdout: 'yes', stderr: '' })
    })

    // The cluster's own tests kill it while it is being made, and when it is ready.
    test('leaves nothing when its owner is killed', async () => {
      process.kill(second.pid, 'SIGKILL')
      await expect.poll(machineState, { timeout: 90_000, interval: 1_000 }).toEqual(before)
    })
  })
})
