import getPort from 'get-port'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { NODE_PORT, testAccessingClusters } from './accessing-clusters-suite.ts'
import { cells } from './access-table.ts'
import { testIssuedFiles, WITHOUT_OIDC } from './issued-files-suite.ts'
import { conformanceAnswers, embeddedAnswers } from './conformance-answers.ts'
import { openPathB, type PathB } from './path-b.ts'
import { testPeople, testWithoutBasicRights } from './people-suite.ts'
import { readReport, differences, makeReport, type Report } from './report.ts'
import { testUpgrades } from './upgrades-suite.ts'

/** Path B on a cluster with a real kubelet: the same table, the same words. */
describe('on kind', { timeout: 120_000 }, () => {
  let pathB: PathB
  let hostPort: number
  beforeAll(async () => {
    hostPort = await getPort({ host: '127.0.0.1' })
    const settings = { kind: { portMappings: [{ containerPort: NODE_PORT, hostPort }] } }
    pathB = await openPathB('kind', settings, WITHOUT_OIDC)
  }, 600_000)
  afterAll(() => pathB?.[Symbol.asyncDispose]())

  testAccessingClusters(() => ({ stack: pathB.stack, hostPort }))
  testIssuedFiles(() => pathB.stack)
  testUpgrades(() => pathB)
  testPeople(() => pathB)

  test('everybody is told the same as on the embedded cluster', { timeout: 600_000 }, async () => {
    const kind = await readReport('kind')
    const embedded = (await readReport('embedded')) ?? (await tryEverything())
    expect(Object.keys(embedded.outcomes)).toHaveLength(cells.length)
    expect(differences(embedded, kind!)).toEqual([])
  })

  test(
    'the default access spec gets the same answer to every cell as on the embedded cluster',
    { timeout: 600_000 },
    async () => {
      const onKind = await conformanceAnswers(pathB.stack)
      const onEmbedded = await embeddedAnswers()
      expect(Object.keys(onEmbedded).length).toBeGreaterThan(10_000)
      const questions = new Set([onKind, onEmbedded].flatMap((answers) => Object.keys(answers)))
      const differing = [...questions].flatMap((question) => {
        const [kind, other] = [onKind[question], onEmbedded[question]]
        return kind === other ? [] : [`${question}: kind says ${kind}; embedded says ${other}`]
      })
      expect(differing).toEqual([])
      expect(Object.values(onKind).filter((answer) => !answer.endsWith(', pass'))).toEqual([])
    },
  )

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

/** For a run without the tests of the embedded cluster. */
async function tryEverything(): Promise<Report> {
  await using pathB = await openPathB('embedded')
  return makeReport(pathB, cells)
}
