import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { passwordGrant } from '@gatehouse/authentication/password-grant'
import type { LogIn } from '@gatehouse/conformance'
import { getTokens } from '@gatehouse/credential-plugin'
import type { Environment, Secret, TargetFile } from './target-file.ts'

const LOGIN_SECONDS = 300

/** How somebody logs in at a cluster that is described by a file; `directory` is where its paths begin. */
export function logInBy(
  login: TargetFile['login'],
  { directory, env, cacheDirectory }: { directory: string; env: Environment; cacheDirectory: string },
): LogIn {
  const secret = (of: Secret | undefined, what: string) => readSecret(of, what, directory, env)
  const pem = async (file: string | undefined) =>
    file === undefined ? undefined : readFile(resolve(directory, file), 'utf8')
  if ('tokens' in login) {
    return async ({ id }) => ({ token: await secret(login.tokens[id], `the token of ${id}`) })
  }
  if ('password' in login) {
    const { issuer, clientId, clientSecret, certificateAuthorityFile, scopes, passwords } = login.password
    return async ({ id, username }, signal) => ({
      token: await passwordGrant({
        issuer,
        clientId,
        clientSecret: clientSecret && (await secret(clientSecret, "the client's secret")),
        caPem: await pem(certificateAuthorityFile),
        username,
        password: await secret(passwords[id], `the password of ${id}`),
        scopes,
        signal,
      }),
    })
  }
  const { issuer, clientId, clientSecret, certificateAuthorityFile, scopes } = login.device
  return async ({ username }, signal) => {
    const settings = {
      issuer,
      clientId,
      clientSecret: clientSecret && (await secret(clientSecret, "the client's secret")),
      caPem: await pem(certificateAuthorityFile),
      extraScopes: scopes,
      username,
      usernameClaim: 'email',
    }
    const { idToken } = await getTokens(settings, {
      // Each persona has a place of its own in the cache: the next run need not ask again.
      cacheDirectory: join(cacheDirectory, 'tokens'),
      method: 'device',
      anew: false,
      terminal: true,
      desktop: false,
      openBrowser: () => Promise.resolve(),
      say: (sentence) => console.error(`${username}: ${sentence}`),
      timeoutSeconds: LOGIN_SECONDS,
      signal,
    })
    return { token: idToken }
  }
}

async function readSecret(
  secret: Secret | undefined,
  what: string,
  directory: string,
  env: Environment,
): Promise<string> {
  if (!secret) throw new Error(`the target does not say where ${what} is`)
  if ('file' in secret) return (await readFile(resolve(directory, secret.file), 'utf8')).trim()
  const value = env[secret.env]
  if (!value) throw new Error(`${what} should be in ${secret.env}, which is not set`)
  return value.trim()
}
