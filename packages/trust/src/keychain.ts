import { X509Certificate } from 'node:crypto'
import { TrustError } from './errors.ts'
import { type Machine, run } from './machine.ts'
import type { Anchor, TrustStore } from './store.ts'

const KEYCHAIN = '/Library/Keychains/System.keychain'

/**
 * The system's keychain of macOS, which Safari and Chrome read. Its program asks for a password where it may
 * not; nothing here can answer, so that is a missing right.
 */
export function keychainStore(machine: Machine): TrustStore {
  const security = async (options: readonly string[]) => {
    try {
      return await run(machine, 'security', options)
    } catch (error) {
      if ((error as TrustError).code !== 'ERR_PROGRAM_FAILED') throw error
      throw new TrustError('ERR_RIGHTS', (error as Error).message, { cause: error })
    }
  }
  /** The SHA-1 fingerprints of what is known under the name. */
  const known = async ({ commonName }: Anchor): Promise<string[]> => {
    const options = ['find-certificate', '-a', '-Z', '-c', commonName, KEYCHAIN]
    const found = await run(machine, 'security', options).catch((error: TrustError) => {
      if (error.message.includes('could not be found')) return ''
      throw error
    })
    return Array.from(found.matchAll(/^SHA-1 hash: ([0-9A-F]{40})$/gm), ([, hash]) => hash!)
  }
  const forget = async (hashes: readonly string[]) => {
    // `-t` takes the trust away along with the certificate.
    for (const hash of hashes) await security(['delete-certificate', '-t', '-Z', hash, KEYCHAIN])
  }
  return {
    title: 'system',
    place: KEYCHAIN,
    async state(anchor) {
      const hashes = await known(anchor)
      if (hashes.length === 0) return 'absent'
      return hashes.includes(fingerprintOf(anchor.certificate) ?? '') ? 'trusted' : 'outdated'
    },
    async add(anchor) {
      const earlier = await known(anchor)
      await security(addition(anchor))
      await forget(earlier)
    },
    remove: async (anchor) => forget(await known(anchor)),
    byHand: (change, anchor) => [
      change === 'add'
        ? `sudo security ${addition(anchor).slice(0, -1).join(' ')} '${anchor.certificateFile}'`
        : `sudo security delete-certificate -t -c '${anchor.commonName}' ${KEYCHAIN}`,
    ],
  }
}

function addition({ certificateFile }: Anchor): string[] {
  return ['add-trusted-cert', '-d', '-r', 'trustRoot', '-k', KEYCHAIN, certificateFile]
}

function fingerprintOf(certificate: string | undefined): string | undefined {
  return certificate && new X509Certificate(certificate).fingerprint.replaceAll(':', '')
}
