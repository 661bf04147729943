import getPort from 'get-port'
import { AbstractStartedContainer, GenericContainer, type StartedTestContainer, Wait } from 'testcontainers'
import { z } from 'zod'
import { TestkitError } from './errors.ts'

/** The image that `node scripts/images/main.ts stack` makes. */
const IMAGE = 'gatehouse/stack:dev'
const STATE = '/var/lib/gatehouse'
/** The images' user, whose the state has to be. */
const USER = 65_532
const START_WITHIN_MS = 180_000
/** The listeners that people use, as gatehouse.yaml calls them. */
const PUBLISHED = ['gatewayHttps', 'gatewayHttp', 'apiserverProxy'] as const

const statusSchema = z.object({
  urls: z.object({ console: z.url(), 'apiserver-proxy': z.url() }),
  issuer: z.url(),
  certificateAuthorityFile: z.string(),
  people: z.array(z.object({ email: z.string() })),
})

/**
 * A whole Gatehouse in one container, for the tests of other projects: a Kubernetes API, a Dex, and the ways in.
 *
 * Nothing is kept: what it writes is in memory and ends with it. Its ports are published on this machine's
 * loopback, by the same numbers as inside, because one is part of the issuer's URL.
 */
export class GatehouseContainer extends GenericContainer {
  constructor(image: string = IMAGE) {
    super(image)
    this.hostConfig.ReadonlyRootfs = true
    this.withDroppedCapabilities('ALL')
      .withSecurityOpt('no-new-privileges')
      .withTmpFs({ '/tmp': 'rw,mode=1777', [STATE]: `rw,mode=0700,uid=${USER},gid=${USER}` })
      .withWaitStrategy(Wait.forHealthCheck())
      .withStartupTimeout(START_WITHIN_MS)
  }

  /** Resolves when everything is healthy. @throws TestkitError, and what testcontainers throws */
  override async start(): Promise<StartedGatehouseContainer> {
    const flags: string[] = []
    for (const name of PUBLISHED) {
      // It gives no port twice within a minute.
      const port = await getPort({ host: '127.0.0.1' })
      flags.push(`--port=${name}=${port}`)
      this.withExposedPorts({ container: port, host: port })
      this.hostConfig.PortBindings = {
        ...(this.hostConfig.PortBindings as object),
        [`${port}/tcp`]: [{ HostIp: '127.0.0.1', HostPort: String(port) }],
      }
    }
    this.withCommand(['up', '--listen-host=0.0.0.0', ...flags])
    const started = await super.start()
    try {
      return await openStarted(started)
    } catch (error) {
      await started.stop()
      throw error
    }
  }
}

/** A Gatehouse that runs. */
export class StartedGatehouseContainer extends AbstractStartedContainer {
  /** For a browser; its host name resolves in browsers, and to 127.0.0.1. */
  readonly consoleUrl: string
  /** What the ID tokens name as their issuer. */
  readonly issuer: string
  /** The Kubernetes API behind the access proxy, for kubeconfigs and clients. */
  readonly apiServer: string
  /** PEM of the authority behind all of their certificates. */
  readonly certificateAuthority: string
  /** E-mail addresses of the people who can log in. */
  readonly people: readonly string[]

  constructor(started: StartedTestContainer, facts: StackFacts) {
    super(started)
    this.consoleUrl = facts.consoleUrl
    this.issuer = facts.issuer
    this.apiServer = facts.apiServer
    this.certificateAuthority = facts.certificateAuthority
    this.people = facts.people
  }

  /** Logs the person in and fetches the kubeconfig, as a text to write to a file of mode 0600. @throws TestkitError */
  kubeconfig(person: string): Promise<string> {
    return runIn(this, ['gatehouse', 'kubeconfig', person])
  }

  /** Logs the person in; an ID token for the API server. @throws TestkitError */
  async idToken(person: string): Promise<string> {
    return (await runIn(this, ['gatehouse', 'token', person])).trim()
  }

  /** For logging in with a browser. @throws TestkitError */
  async password(person: string): Promise<string> {
    return (await runIn(this, ['gatehouse', 'password', person])).trim()
  }
}

interface StackFacts {
  readonly consoleUrl: string
  readonly issuer: string
  readonly apiServer: string
  readonly certificateAuthority: string
  readonly people: readonly string[]
}

async function openStarted(started: StartedTestContainer): Promise<StartedGatehouseContainer> {
  const text = await runIn(started, ['gatehouse', 'status', '--json'])
  const { urls, issuer, certificateAuthorityFile, people } = statusSchema.parse(JSON.parse(text))
  const read = 'process.stdout.write(fs.readFileSync(process.argv[1]))'
  return new StartedGatehouseContainer(started, {
    consoleUrl: urls.console,
    issuer,
    apiServer: urls['apiserver-proxy'],
    certificateAuthority: await runIn(started, ['node', '-e', read, certificateAuthorityFile]),
    people: people.map(({ email }) => email),
  })
}

/** What a command in the container prints. */
async function runIn(container: Pick<StartedTestContainer, 'exec'>, command: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await container.exec(command)
  if (exitCode === 0) return stdout
  throw new TestkitError('ERR_CONTAINER', `${command.join(' ')} failed in the container: ${stderr.trim()}`)
}
