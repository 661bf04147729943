import { mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PERSONAS } from '@gatehouse/e2e-path-b/access-table'
import { download } from '@gatehouse/e2e-path-b/download'
import type { Site } from '@gatehouse/e2e-path-b/site'
import { testSameVerdicts, type Verdicts } from '@gatehouse/e2e-path-b/verdicts'
import { describe, expect, test } from 'vitest'

/** Every file that the generator has, of a cluster that there is and of one that there is not. */
const FILES = [
  '/kube-config',
  '/kube-config?format=exec',
  '/v1/spectroclusters/gatehouse/assets/kubeconfig',
  '/v1/spectroclusters/gatehouse/assets/adminkubeconfig',
  '/v1/spectroclusters/nowhere/assets/kubeconfig',
] as const

const NEEDS_LOGIN = 'is handed out, and kubectl logs in with it'
const as = (name: string, ...may: string[]) =>
  `is handed out; kubectl is ${name} with it, and may list ${may.join(', ') || 'neither'}`
const REFUSED = 'is refused with 403'
const UNKNOWN = 'is refused with 404'

/** Who gets which file, in the order of `FILES`, and who kubectl is with it. */
const EXPECTED: Readonly<Record<(typeof PERSONAS)[number]['email'], readonly string[]>> = {
  'admin@kyma.cx': [
    as('admin@kyma.cx', 'nodes', 'secrets'),
    NEEDS_LOGIN,
    as('admin@kyma.cx', 'nodes', 'secrets'),
    as('system:gatehouse:download:admin@kyma.cx:ID', 'nodes', 'secrets'),
    UNKNOWN,
  ],
  'read-only-user@kyma.cx': [
    as('read-only-user@kyma.cx', 'nodes'),
    NEEDS_LOGIN,
    as('read-only-user@kyma.cx', 'nodes'),
    REFUSED,
    UNKNOWN,
  ],
  'namespace.admin@kyma.cx': [
    as('namespace.admin@kyma.cx'),
    NEEDS_LOGIN,
    as('namespace.admin@kyma.cx'),
    REFUSED,
    UNKNOWN,
  ],
  'developer@kyma.cx': [as('developer@kyma.cx'), NEEDS_LOGIN, as('developer@kyma.cx'), REFUSED, UNKNOWN],
  'no-rights-user@kyma.cx': [as('no-rights-user@kyma.cx'), NEEDS_LOGIN, UNKNOWN, UNKNOWN, UNKNOWN],
}

/** Kubeconfig access: who is given which file, and who kubectl is with it. */
export function testKubeconfigAccess(opened: () => Site): void {
  describe('kubeconfig access', () => {
    const told: Record<string, string> = {}
    test.each(PERSONAS)('$email gets the files that a role in the project gives', async ({ email }) => {
      const answers = await askFor(opened(), email)
      Object.assign(told, answers)
      const expected = FILES.map((file, index) => [`${email}: ${file}`, EXPECTED[email][index]])
      expect(answers).toEqual(Object.fromEntries(expected))
    })
    testSameVerdicts('kubeconfig-access', () => ({ site: opened(), told }), askForAll)
  })
}

async function askForAll(site: Site): Promise<Verdicts> {
  const told = await Promise.all(PERSONAS.map(({ email }) => askFor(site, email)))
  return Object.assign({}, ...told)
}

async function askFor(site: Site, email: string): Promise<Verdicts> {
  const token = await site.idToken(email)
  const told = FILES.map(async (file) => {
    const { status, text } = await download(site, token, file)
    const answer = status === 200 ? await tryFile(site, text) : `is refused with ${status}`
    return [`${email}: ${file}`, answer]
  })
  return Object.fromEntries(await Promise.all(told))
}

/** Who kubectl is with a file, and what that one may. */
async function tryFile({ directory, terminalAt }: Site, text: string): Promise<string> {
  if (/^ +exec:$/m.test(text)) return NEEDS_LOGIN
  const file = join(await mkdtemp(join(directory, 'file-')), 'kubeconfig.yml')
  await writeFile(file, text, { mode: 0o600 })
  const { kubectl } = terminalAt(file)
  const whoami = await kubectl('auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username}')
  if (whoami.exitCode !== 0) return `is handed out; kubectl: ${whoami.stderr}`
  const may: string[] = []
  for (const kind of ['nodes', 'secrets']) {
    const { exitCode, stderr } = await kubectl('get', kind, '--all-namespaces', '-o', 'name')
    if (exitCode === 0) may.push(kind)
    else expect(stderr).toContain('Error from server (Forbidden)')
  }
  return as(whoami.stdout.replace(/:[0-9a-f]{20}$/, ':ID'), ...may)
}
