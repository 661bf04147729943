import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { defaultSpecFile, type RunResult, runResultSchema } from '@gatehouse/conformance'
import { CLI } from '@gatehouse/e2e-path-b/gatehouse'
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
