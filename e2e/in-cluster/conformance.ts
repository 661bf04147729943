import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Cell, defaultSpecFile, type RunResult, runResultSchema } from '@gatehouse/conformance'
import { CLI, type TestStack } from '@gatehouse/e2e-path-b/gatehouse'
import { people } from '@gatehouse/personas'
import { execa } from 'execa'
import { parse, stringify } from 'yaml'
import type { World } from './world.ts'

/** The default spec by the one way in that a cluster which trusts no issuer has: the proxy. */
async function writeSpec(directory: string): Promise<string> {
  const { rules, ...spec } = parse(await readFile(defaultSpecFile, 'utf8')) as {
    rules: { paths?: string[] }[]
  }
  const ofTheProxy = rules.flatMap(({ paths = ['proxy'], ...rule }) =>
    paths.includes('proxy') ? [rule] : [],
  )
  const file = join(directory, 'by-the-proxy.yaml')
  await writeFile(file, stringify({ ...spec, paths: ['proxy'], rules: ofTheProxy }))
  return file
}

/** `gatehouse conformance` against the release in the cluster, as an operator of one would run it. */
export async function checkInCluster(world: World): Promise<RunResult> {
  const { directory, urls, authorityFile, cluster } = world
  const tokens: Record<string, { env: string }> = {}
  const env: Record<string, string> = { GATEHOUSE_STATE_DIR: directory }
  for (const { persona, email } of people) {
    const name = `TOKEN_${persona.replaceAll('-', '_').toUpperCase()}`
    tokens[persona] = { env: name }
    env[name] = await world.idToken(email)
  }
  const target = join(directory, 'target.yaml')
  const kubeconfig = (await world.workplace.terminalOf('admin@kyma.cx')).kubeconfig
  await writeFile(
    target,
    stringify({
      kubeconfig,
      proxy: { server: urls.apiserverProxy, certificateAuthorityFile: authorityFile },
      auditLog: cluster.auditLog,
      kubectl: cluster.kubectl,
      login: { tokens },
    }),
  )
  const args = ['--target', target, '--spec', await writeSpec(directory), '--json']
  const { stdout, stderr } = await execa(process.execPath, [CLI, 'conformance', ...args], {
    cwd: directory,
    env,
    reject: false,
  })
  if (stdout === '') throw new Error(`gatehouse conformance printed nothing: ${stderr}`)
  return runResultSchema.parse(JSON.parse(stdout))
}

/** The same against a stack of this machine. */
export async function checkStack({ directory, gatehouse }: TestStack): Promise<RunResult> {
  const { stdout, stderr } = await gatehouse('conformance', '--spec', await writeSpec(directory), '--json')
  if (stdout === '') throw new Error(`gatehouse conformance printed nothing: ${stderr}`)
  return runResultSchema.parse(JSON.parse(stdout))
}

/** Each question, and what was answered and judged. */
export function verdictsOf({ cells }: RunResult): Record<string, string> {
  const entries = cells.map((cell) => [questionOf(cell), `${cell.actual.result}, ${cell.verdict}`] as const)
  return Object.fromEntries(entries)
}

function questionOf(cell: Cell): string {
  const { persona, verb, group, resource, subresource, name, nonResourcePath, place, transport } = cell
  // A namespace that is asked for by its name may be one of this run alone.
  const which = name === cell.namespace ? '' : name
  const what = nonResourcePath || [group, resource, subresource, which].filter(Boolean).join('/')
  return `${persona} ${verb} ${what} ${place} ${transport}`
}
