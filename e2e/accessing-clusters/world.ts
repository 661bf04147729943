import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { resolveBinaries } from '@gatehouse/binaries'
import { download } from '@gatehouse/e2e-path-b/download'
import { startTestStack, temporaryDirectory, type TestStack } from '@gatehouse/e2e-path-b/gatehouse'
import {
  openWorld as openAccessWorld,
  type World as AccessWorld,
} from '@gatehouse/e2e-kubeconfig-access/world'
import { buildKubeconfig, writeKubeconfig } from '@gatehouse/kubeconfig'
import { freePort } from '@gatehouse/cluster/free-port'
import { credentialsFile, tunnelledCluster } from '@gatehouse/e2e-path-b/tunnelled-cluster'

export const ADMIN = 'admin@kyma.cx'

/** Names of clusters that YAML 1.1 reads as null, a number and a boolean. */
export const ODD_NAMES = ['null', '0123', 'yes'] as const

export interface World extends AccessWorld {
  /** Where the stack keeps what it has. */
  readonly state: string
  /** The generator's own listener. */
  readonly generator: string
  /** Has kubectl and helm of the pinned versions, and this Node. */
  readonly path: string
  /** Downloads from the generator as somebody; every answer is kept in `answers`. */
  readonly download: (person: string, path: string) => Promise<{ status: number; text: string }>
  readonly answers: readonly string[]
}

/** A stack whose catalogue has more entries for its own cluster: oddly named ones, and one without OIDC. */
export async function openWorld(): Promise<World> {
  await using owned = new AsyncDisposableStack()
  const directory = await temporaryDirectory()
  owned.defer(() => rm(directory, { recursive: true, force: true }))
  const state = join(directory, 'default')
  const ports = {
    apiserver: await freePort(),
    gatewayHttps: await freePort(),
    kubeconfigGenerator: await freePort(),
  }
  const { apiserver, gatewayHttps, kubeconfigGenerator } = ports
  const certificateAuthorityFile = join(state, 'config', 'cluster-ca.pem')
  const entry = { project: 'default', server: `https://127.0.0.1:${apiserver}`, certificateAuthorityFile }
  const issuerUrl = `https://dex.gatehouse.localhost:${gatewayHttps}`
  const oidc = { issuerUrl, clientConfig: { clientId: 'kyma-client' } }
  const stack = owned.use(
    await startTestStack(
      {
        ports,
        catalogue: {
          clusters: [
            ...ODD_NAMES.map((name) => ({ ...entry, id: name, name, oidc })),
            tunnelledCluster(directory, ports),
          ],
        },
      },
      { directory },
    ),
  )
  const access = owned.use(await openAccessWorld(stack))
  await register(stack, credentialsFile(directory), certificateAuthorityFile)
  const authority = await readFile(stack.status.certificateAuthorityFile, 'utf8')
  const generator = `https://127.0.0.1:${kubeconfigGenerator}`
  const answers: string[] = []
  const tokens = new Map<string, Promise<string>>()
  const path = await programs(directory)
  const resources = owned.move()
  return {
    ...access,
    state,
    generator,
    path,
    answers,
    async download(person, target) {
      const token = tokens.get(person) ?? stack.idToken(person)
      tokens.set(person, token)
      const answer = await download({ urls: { generator }, authority }, await token, target)
      answers.push(answer.text)
      return answer
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  }
}

/** Gives the generator an identity at the cluster, as somebody would who registers one of their own. */
async function register(stack: TestStack, file: string, authorityFile: string): Promise<void> {
  const admin = await stack.terminalOf(ADMIN)
  const run = async (...args: string[]) => {
    const { exitCode, stdout, stderr } = await admin.kubectl(...args)
    if (exitCode !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`)
    return stdout
  }
  await run('create', 'serviceaccount', 'registrar', '--namespace=kube-system')
  await run(
    'create',
    'clusterrolebinding',
    'registrar',
    '--clusterrole=cluster-admin',
    '--serviceaccount=kube-system:registrar',
  )
  const token = await run('create', 'token', 'registrar', '--namespace=kube-system')
  const { server } = stack.status.cluster!
  const certificateAuthority = await readFile(authorityFile, 'utf8')
  await writeKubeconfig(
    file,
    buildKubeconfig({
      cluster: { name: 'own', server, certificateAuthority },
      user: { name: 'registrar', token },
    }),
  )
}

async function programs(directory: string): Promise<string> {
  const folder = join(directory, 'bin')
  await mkdir(folder)
  const { kubectl, helm } = await resolveBinaries(['kubectl', 'helm'], {
    env: process.env,
    signal: AbortSignal.timeout(900_000),
  })
  await symlink(kubectl.path, join(folder, 'kubectl'))
  await symlink(helm.path, join(folder, 'helm'))
  await symlink(process.execPath, join(folder, 'node'))
  return `${folder}:${process.env['PATH']}`
}

/** Writes a kubeconfig for its owner only, and returns its path. */
export async function writeFileOf({ state }: World, name: string, text: string): Promise<string> {
  const file = join(state, '..', name)
  await writeFile(file, text, { mode: 0o600 })
  return file
}
