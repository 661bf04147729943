import { rm } from 'node:fs/promises'
import { temporaryDirectory } from '@gatehouse/e2e-path-b/gatehouse'
import { freePort } from '@gatehouse/cluster/free-port'
import { tunnelledCluster } from '@gatehouse/e2e-path-b/tunnelled-cluster'
import { testKubeconfigAccess } from '@gatehouse/e2e-kubeconfig-access/files-suite'
import { testPathA } from '@gatehouse/e2e-path-a/people-suite'
import { type Site, siteOf } from '@gatehouse/e2e-path-b/site'
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
  beforeAll(async () => {
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
})
