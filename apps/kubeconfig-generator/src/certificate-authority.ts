import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { ConfigurationError, follow, type Logger } from '@gatehouse/server'
import type { Configuration } from './configuration.ts'

/**
 * Reads a PEM file of certificate authorities.
 *
 * @throws ConfigurationError when it is none
 */
export async function readCertificateAuthority(file: string): Promise<string> {
  try {
    const pem = await readFile(file, 'utf8')
    void new X509Certificate(pem)
    return pem
  } catch (cause) {
    const message = `this is not a readable certificate in PEM: ${(cause as Error).message}`
    throw new ConfigurationError(file, [{ path: '', message }], { cause })
  }
}

export interface FollowedAuthorities extends Disposable {
  /** PEM of the authorities of the server that /kube-config points at. */
  readonly certificateAuthority: () => string
  /** PEM of the authorities of the issuer that plugins log in at, where they are configured. */
  readonly loginCertificateAuthority: () => string | undefined
}

/**
 * Reads the authorities that /kube-config embeds, and follows changes of their files.
 *
 * @throws ConfigurationError when the first ones can't be used
 */
export async function followAuthorities(
  { cluster, login }: Pick<Configuration, 'cluster' | 'login'>,
  logger: Logger,
): Promise<FollowedAuthorities> {
  const loginFile = login?.clientConfig.certificateAuthorityFile
  const files = [cluster.certificateAuthorityFile, ...(loginFile === undefined ? [] : [loginFile])]
  const followed = await follow({
    what: 'certificate authority',
    read: () => Promise.all(files.map(readCertificateAuthority)),
    filesOf: () => files,
    isSame: (one, other) => one.join() === other.join(),
    logger,
  })
  return {
    certificateAuthority: () => followed.current()[0]!,
    loginCertificateAuthority: () => followed.current()[1],
    [Symbol.dispose]: () => followed[Symbol.dispose](),
  }
}
