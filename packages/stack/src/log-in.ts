import { readFile } from 'node:fs/promises'
import { login } from '@gatehouse/authentication/login'
import { CLI_REDIRECT_URI, CLIENT_ID, SCOPES } from './clients.ts'
import type { StackFile } from './stack-file.ts'

/** Logs somebody in through the pages of the stack's dex; the ID token. @throws AuthenticationError */
export async function logIn(
  { issuer, certificateAuthorityFile }: StackFile,
  { email, password }: { readonly email: string; readonly password: string },
  signal: AbortSignal,
): Promise<string> {
  const { idToken } = await login({
    issuer,
    caPem: await readFile(certificateAuthorityFile, 'utf8'),
    clientId: CLIENT_ID,
    redirectUri: CLI_REDIRECT_URI,
    scopes: SCOPES,
    username: email,
    password,
    signal,
  })
  return idToken
}
