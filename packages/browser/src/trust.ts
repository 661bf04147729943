import { createHash, X509Certificate } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TrustError } from '@gatehouse/trust'
import { addAuthority, createDatabase } from '@gatehouse/trust/nss'
import { BrowserError } from './errors.ts'
import type { Environment } from './find.ts'

/** What a browser is to trust beside what it always trusts; PEM, one certificate each. */
export interface Trust {
  /** Authorities: whatever they signed is trusted for its names and as long as it is valid. */
  readonly authorities: readonly string[]
  /** Certificates of servers, for where a browser can't be told about an authority. */
  readonly servers: readonly string[]
}

/**
 * Makes a browser whose home is `home` trust `trust`: by an NSS database, which Chromium reads on Linux, made by
 * certutil; where that can't be, by the keys of the servers. Errors of other certificates stay errors.
 *
 * @returns the arguments that the browser needs
 * @throws BrowserError `ERR_TRUST`
 */
export async function establishTrust(
  home: string,
  { authorities, servers }: Trust,
  env: Environment,
): Promise<string[]> {
  if (authorities.length > 0) {
    if (await importAuthorities(home, authorities, env)) return []
    if (servers.length === 0) {
      throw new BrowserError(
        'ERR_TRUST',
        'Chromium can be told to trust an authority only by certutil on Linux. Install it (Debian: ' +
          'libnss3-tools, Fedora: nss-tools), or give the certificates of the servers, too',
      )
    }
  }
  // An allowed key anywhere in a chain allows the chain, so an authority's own key would allow impostors.
  return servers.length === 0
    ? []
    : [`--ignore-certificate-errors-spki-list=${servers.map(publicKeyHash).join(',')}`]
}

/** False where there is no certutil, or no browser that would read what it makes. */
async function importAuthorities(
  home: string,
  authorities: readonly string[],
  env: Environment,
): Promise<boolean> {
  if (process.platform !== 'linux') return false
  const database = join(home, '.pki/nssdb')
  try {
    await createDatabase({ env }, database)
    for (const [index, pem] of authorities.entries()) {
      const certificateFile = join(home, `authority-${index}.crt`)
      await writeFile(certificateFile, pem)
      await addAuthority({ env }, database, { name: `authority ${index}`, certificateFile })
    }
    return true
  } catch (cause) {
    if ((cause as TrustError).code === 'ERR_PROGRAM_MISSING') return false
    throw new BrowserError('ERR_TRUST', (cause as Error).message, { cause })
  }
}

/** The SHA-256 of the SubjectPublicKeyInfo in base64, as Chromium wants it (RFC 7469 §2.4). */
function publicKeyHash(pem: string): string {
  const key = new X509Certificate(pem).publicKey.export({ type: 'spki', format: 'der' })
  return createHash('sha256').update(key).digest('base64')
}
