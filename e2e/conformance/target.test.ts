import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Chromium, startChromium } from '@gatehouse/browser'
import { type RunResult, runResultSchema } from '@gatehouse/conformance'
import { CLI } from '@gatehouse/e2e-path-b/gatehouse'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import {
  DEVELOPER,
  LEAD,
  type OwnCluster,
  PASSWORD,
  ROBOT,
  startOwnCluster,
  TERMINAL,
} from './own-cluster.ts'
import { writeSpec } from './spec.ts'

const SECRETS = { LEAD_PASSWORD: PASSWORD, ROBOT_SECRET: ROBOT.secret }

let own: OwnCluster
let spec: string
beforeAll(async () => {
  own = await startOwnCluster()
  spec = await writeSpec(own.directory, 'team', {
    version: 1,
    name: 'a team',
    personas: {
      lead: { user: LEAD.email, groups: LEAD.groups },
      developer: { user: DEVELOPER.email, groups: DEVELOPER.groups },
    },
    places: { default: { namespace: 'default' } },
    paths: ['direct', 'kubectl'],
    everythingElse: 'uncovered',
    rules: [
      { personas: 'lead', may: '*', resources: ['pods', 'secrets'] },
      { personas: 'developer', may: 'read', resources: 'pods' },
      { personas: 'developer', mayNot: '*', resources: 'secrets' },
    ],
  })
  await writeFile(join(own.directory, 'developer-password'), `${PASSWORD}\n`, { mode: 0o600 })
}, 180_000)
afterAll(() => own?.[Symbol.asyncDispose]())

/** Starts the command on a target whose people log in by `login`. */
async function start(name: string, login: object, env: Readonly<Record<string, string>> = SECRETS) {
  const { cluster, directory } = own
  const target = join(directory, `${name}.yaml`)
  const content = {
    kubeconfig: cluster.adminKubeconfig,
    auditLog: cluster.auditLog,
    kubectl: cluster.kubectl,
    pods: false,
    login,
  }
  await writeFile(target, stringify(content))
  return {
    running: execa(process.execPath, [CLI, 'conformance', '--json', '--spec', spec, '--target', target], {
      env: { ...env, GATEHOUSE_STATE_DIR: join(directory, `state-${name}`) },
      stdin: 'ignore',
      reject: false,
      timeout: 100_000,
    }),
  }
}

/** What a run came to, in which `PASSED` stands for one that passed by both ways in. */
function summaryOf({ exitCode, stdout, stderr }: { exitCode?: number; stdout: string; stderr: string }) {
  if (stdout === '') return { exitCode, stderr }
  const { cells, personas }: RunResult = runResultSchema.parse(JSON.parse(stdout))
  return {
    exitCode,
    hasCells: cells.length > 40,
    unheard: cells.filter(({ actual }) => actual.evidence.audited !== true),
    paths: [...new Set(cells.map(({ path }) => path))].toSorted(),
    people: personas.map(({ subject }) => subject?.username),
  }
}
const PASSED = {
  exitCode: 0,
  hasCells: true,
  unheard: [],
  paths: ['direct', 'kubectl'],
  people: [LEAD.email, DEVELOPER.email],
}

describe('with the password grant', () => {
  const login = (changes: object = {}) => ({
    password: {
      issuer: own.issuer,
      clientId: ROBOT.id,
      clientSecret: { env: 'ROBOT_SECRET' },
      certificateAuthorityFile: own.issuerAuthority.file,
      passwords: { lead: { env: 'LEAD_PASSWORD' }, developer: { file: 'developer-password' } },
      ...changes,
    },
  })

  test('everybody logs in at the issuer, and is checked', async () => {
    const { running } = await start('password', login())
    expect(summaryOf(await running)).toEqual(PASSED)
  }, 120_000)

  test.each<[string, () => object, Record<string, string>, RegExp]>([
    [
      'a wrong password',
      () => ({}),
      { LEAD_PASSWORD: 'guessed' },
      /lead: the login of lead@team\.example at \S+ failed: .*\(access_denied\)/,
    ],
    ["a wrong client's secret", () => ({}), { ROBOT_SECRET: 'guessed' }, /\(invalid_client\)/],
    [
      'who has no password',
      () => ({ passwords: { lead: { env: 'LEAD_PASSWORD' } } }),
      { LEAD_PASSWORD: '' },
      /lead: the password of lead should be in LEAD_PASSWORD.*\n\s+developer: .* does not say where the password of developer is/,
    ],
    [
      'an issuer without the grant',
      () => ({ issuer: own.strictIssuer }),
      {},
      /does not offer the password grant, only authorization_code/,
    ],
  ])(
    '%s is told, with exit code 2',
    async (_, changes, env, why) => {
      const { running } = await start('password-fails', login(changes()), { ...SECRETS, ...env })
      const { exitCode, stdout, stderr } = await running
      expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
      expect(stderr).toMatch(/not everybody could log in:/)
      expect(stderr).toMatch(why)
      for (const secret of ['guessed', ROBOT.secret]) expect(stderr).not.toContain(secret)
    },
    60_000,
  )
})

describe('with the device flow', () => {
  let chromium: Chromium
  beforeAll(async () => {
    chromium = await startChromium({ authorities: [own.issuerAuthority.pem] })
  }, 60_000)
  afterAll(() => chromium?.[Symbol.asyncDispose]())

  const login = (issuer: string) => ({
    device: { issuer, clientId: TERMINAL.id, certificateAuthorityFile: own.issuerAuthority.file },
  })

  /** Runs the command; everybody who is asked to opens the link, logs in, and answers with `button`. */
  async function withPeople(name: string, issuer: string, button: string | undefined) {
    const { running } = await start(name, login(issuer))
    const visits: Promise<void>[] = []
    for await (const line of running.iterable({ from: 'stderr' })) {
      const [, person, link] =
        /^(\S+): To log in, open (\S+) in a browser\. The code is \S+\.$/.exec(line) ?? []
      if (link && button) visits.push(logIn(person!, link, button))
    }
    await Promise.all(visits)
    return running
  }

  async function logIn(person: string, link: string, button: string): Promise<void> {
    const context = await chromium.browser.newContext()
    try {
      const page = await context.newPage()
      await page.goto(link)
      await page.locator('#submit-login').click()
      await page.locator('#login').fill(person)
      await page.locator('#password').fill(PASSWORD)
      await page.locator('#submit-login').click()
      await page.getByRole('button', { name: button }).click()
      await page.waitForLoadState('load')
    } finally {
      await context.close()
    }
  }

  test('everybody logs in with a browser, and need not for the next run', async () => {
    expect(summaryOf(await withPeople('device', own.issuer, 'Grant Access'))).toEqual(PASSED)
    const again = await (await start('device', login(own.issuer))).running
    expect(summaryOf(again)).toEqual(PASSED)
    expect(again.stderr).not.toContain('To log in')
  }, 120_000)

  test.each([
    [
      'somebody who says no',
      () => own.issuer,
      'Cancel',
      /lead: the login at \S+ failed: .*\(?access_denied\)?/,
    ],
    ['a code that expired', () => own.strictIssuer, undefined, /lead: the login at \S+ failed: .*expired/],
  ])(
    '%s is told, with exit code 2',
    async (_, issuer, button, why) => {
      const { exitCode, stdout, stderr } = await withPeople('device-fails', issuer(), button)
      expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
      expect(stderr).toMatch(why)
    },
    60_000,
  )
})

test('with given tokens, one that the cluster does not take is told', async () => {
  await writeFile(join(own.directory, 'token'), 'not a token')
  const { running } = await start('tokens', {
    tokens: { lead: { file: 'token' }, developer: { file: 'token' } },
  })
  const { exitCode, stderr } = await running
  expect(exitCode).toBe(2)
  expect(stderr).toMatch(/lead: https:\S+ does not accept the token of the login/)
  expect(await readFile(join(own.directory, 'token'), 'utf8')).toBe('not a token')
})
