import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { isatty } from 'node:tty'
import {
  execCredential,
  getTokens,
  type LoginMethod,
  type LoginSettings,
  readExecInfo,
} from '@gatehouse/credential-plugin'
import { Command, InvalidArgumentError, Option } from 'commander'
import { isDesktop, openBrowser } from '../browser.ts'
import type { Context } from '../context.ts'

interface Options {
  readonly issuer: string
  readonly address?: string
  readonly clientId: string
  readonly clientSecret?: string
  readonly extraScope: readonly string[]
  readonly certificateAuthority?: string
  readonly certificateAuthorityData?: string
  readonly username?: string
  readonly usernameClaim: string
  readonly redirectUri?: string
  readonly login: LoginMethod
  readonly anew?: true
  readonly cacheDir?: string
  readonly timeout: number
}

export const getToken = (context: Context) =>
  new Command('get-token')
    .description("log in at an OpenID Connect issuer for kubectl (client-go's exec credential plugin)")
    .requiredOption('--issuer <url>', 'the issuer, as its tokens name it')
    .option('--address <host:port>', 'where to dial the issuer; TLS is still checked by its name')
    .requiredOption('--client-id <id>', 'the client that tokens are meant for')
    .addOption(
      new Option('--client-secret <secret>', 'for a client that is not public').env(
        'GATEHOUSE_CLIENT_SECRET',
      ),
    )
    .option('--extra-scope <scope>', 'ask for this beside "openid"; can be repeated', collect, [])
    .option('--certificate-authority <file>', "PEM of the authorities of the issuer's certificate")
    .addOption(
      new Option('--certificate-authority-data <base64>', 'the same, in place').conflicts(
        'certificateAuthority',
      ),
    )
    .option('--username <name>', 'accept a token of this person only')
    .option('--username-claim <claim>', 'the claim that names the person', 'email')
    .option('--redirect-uri <uri>', 'on loopback, as the client is registered (default: any free port)')
    .addOption(
      new Option('--login <how>', 'auto opens nothing without a terminal; link prints what to open')
        .choices(['auto', 'browser', 'link', 'device'])
        .env('GATEHOUSE_LOGIN')
        .default('auto'),
    )
    .option('--anew', 'log in again, whatever is cached')
    .option('--cache-dir <directory>', 'where tokens are kept (default: $XDG_CACHE_HOME/gatehouse/tokens)')
    .option('--timeout <seconds>', 'how long to wait for the person', seconds, 180)
    .action(async (options: Options) => {
      const { env, cwd } = context
      const info = readExecInfo(env['KUBERNETES_EXEC_INFO'])
      const tokens = await getTokens(await settingsOf(options, cwd), {
        cacheDirectory: options.cacheDir === undefined ? defaultCache(env) : resolve(cwd, options.cacheDir),
        method: options.login,
        anew: options.anew ?? false,
        terminal: isatty(2),
        interactive: info.interactive,
        desktop: isDesktop(env, process.platform),
        openBrowser,
        say: (sentence) => console.error(sentence),
        timeoutSeconds: options.timeout,
        signal: new AbortController().signal,
      })
      console.log(JSON.stringify(execCredential(tokens, info)))
    })

async function settingsOf(options: Options, cwd: string): Promise<LoginSettings> {
  const { certificateAuthority: file, certificateAuthorityData: data } = options
  const caPem =
    file === undefined
      ? data === undefined
        ? undefined
        : Buffer.from(data, 'base64').toString('utf8')
      : await readFile(resolve(cwd, file), 'utf8')
  const { issuer, address, clientId, clientSecret, extraScope, username, usernameClaim, redirectUri } =
    options
  return {
    issuer,
    address,
    clientId,
    clientSecret,
    extraScopes: extraScope,
    caPem,
    username,
    usernameClaim,
    redirectUri,
  }
}

/** XDG Base Directory Specification. */
function defaultCache(env: Context['env']): string {
  return join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'gatehouse', 'tokens')
}

function collect(value: string, before: readonly string[]): string[] {
  return [...before, value]
}

function seconds(value: string): number {
  if (/^[1-9]\d{0,4}$/.test(value)) return Number(value)
  throw new InvalidArgumentError('give a number of seconds, from 1')
}
