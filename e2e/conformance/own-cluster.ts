import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { issuersSchema, toAuthenticationConfiguration } from '@gatehouse/authentication'
import { type Cluster, embeddedProvider } from '@gatehouse/cluster'
import { kubectlOutput, startTestCluster, type TestCluster } from '@gatehouse/cluster/test-cluster'
import { openCertificateAuthority } from '@gatehouse/pki'
import { Supervisor } from '@gatehouse/supervisor'
import getPort from 'get-port'
import { stringify } from 'yaml'

/** bcrypt of "password" with the least cost that is allowed. */
const HASH = '$2a$10$2b2cU8CPhOTaGrs1HRQuAueS7JTT5ZHsHSzYiFPm1leZck7Mc8T4W'
export const PASSWORD = 'password'
export const LEAD = { email: 'lead@team.example', groups: ['leads'] }
export const DEVELOPER = { email: 'developer@team.example', groups: ['developers'] }
/** May use the password grant. */
export const ROBOT = { id: 'robot', secret: 'the secret of the robot' }
/** Public, so that it may use the device flow. */
export const TERMINAL = { id: 'terminal' }

/** A cluster and an issuer that somebody runs without Gatehouse's stack. */
export interface OwnCluster extends AsyncDisposable {
  readonly directory: string
  readonly cluster: Cluster
  readonly issuer: string
  /** An issuer of the same people without the password grant, whose device codes expire after two seconds. */
  readonly strictIssuer: string
  /** PEM of the issuers' authority. */
  readonly issuerAuthority: { readonly file: string; readonly pem: string }
}

/** Starts both: leads may do everything there, developers may look at pods. */
export async function startOwnCluster(): Promise<OwnCluster> {
  await using stack = new AsyncDisposableStack()
  const directory = await mkdtemp(join(tmpdir(), 'gh-'))
  stack.defer(() => rm(directory, { recursive: true, force: true }))
  const authority = await openCertificateAuthority(join(directory, 'ca'), { commonName: 'team' })
  const certificate = await authority.issueServerCertificate({
    directory,
    name: 'dex',
    dnsNames: ['localhost'],
    ipAddresses: ['127.0.0.1'],
  })
  const supervisor = stack.use(new Supervisor())
  const signal = AbortSignal.timeout(120_000)
  const startIssuer = async (name: string, configuration: object): Promise<string> => {
    const [port, operations] = [await getPort({ host: '127.0.0.1' }), await getPort({ host: '127.0.0.1' })]
    const issuer = `https://127.0.0.1:${port}`
    const file = join(directory, `${name}.yaml`)
    const web = {
      https: `127.0.0.1:${port}`,
      tlsCert: certificate.certificateFile,
      tlsKey: certificate.keyFile,
    }
    const telemetry = { http: `127.0.0.1:${operations}` }
    await writeFile(file, stringify({ issuer, web, telemetry, ...people, ...configuration }))
    await supervisor.start(
      [
        {
          name,
          command: process.execPath,
          args: [fileURLToPath(import.meta.resolve('@gatehouse/dex/main')), '--config', file],
          env: {},
          logFile: join(directory, `${name}.log`),
          isHealthy: async () => (await fetch(`http://127.0.0.1:${operations}/readyz`)).ok,
        },
      ],
      signal,
    )
    return issuer
  }
  const issuer = await startIssuer('dex', { oauth2: { passwordConnector: 'local' } })
  const strictIssuer = await startIssuer('strict-dex', { expiry: { deviceRequests: '2s' } })
  const trusted = {
    url: issuer,
    audiences: [ROBOT.id, TERMINAL.id],
    certificateAuthorityFile: authority.certificateFile,
  }
  const running = stack.use(
    await startTestCluster(embeddedProvider({ exec: 'off' }), {
      authentication: toAuthenticationConfiguration(issuersSchema.parse([trusted]), {
        certificateAuthorityPem: authority.certificatePem,
      }),
    }),
  )
  await bind(running, 'cluster-admin', LEAD.groups)
  await kubectlOutput(running, ['create', 'clusterrole', 'look', '--verb=get,list,watch', '--resource=pods'])
  await bind(running, 'look', DEVELOPER.groups)
  const owned = stack.move()
  return {
    directory,
    cluster: running.cluster,
    issuer,
    strictIssuer,
    issuerAuthority: { file: authority.certificateFile, pem: authority.certificatePem },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

const people = {
  storage: { type: 'memory' },
  enablePasswordDB: true,
  staticClients: [
    { ...ROBOT, name: 'Robot', redirectURIs: ['https://robot.example/callback'] },
    { ...TERMINAL, name: 'Terminal', public: true },
  ],
  staticPasswords: [LEAD, DEVELOPER].map(({ email, groups }) => ({
    email,
    groups,
    hash: HASH,
    username: email,
    userID: email,
  })),
}

async function bind(on: TestCluster, role: string, groups: readonly string[]): Promise<void> {
  const subjects = groups.map((group) => `--group=${group}`)
  await kubectlOutput(on, [
    'create',
    'clusterrolebinding',
    `team-${role}`,
    `--clusterrole=${role}`,
    ...subjects,
  ])
}
