import { createPrivateKey, KeyObject, type webcrypto } from 'node:crypto'

/** ECDSA with P-256 and SHA-256: small, fast, and every TLS stack knows it. */
export const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const

const USAGES: webcrypto.KeyUsage[] = ['sign', 'verify']

export async function generateKeyPair(): Promise<webcrypto.CryptoKeyPair> {
  return crypto.subtle.generateKey(algorithm, true, USAGES)
}

/** PKCS #8 PEM. */
export function privateKeyPem(key: webcrypto.CryptoKey): string {
  return KeyObject.from(key).export({ type: 'pkcs8', format: 'pem' }).toString()
}

/** SubjectPublicKeyInfo PEM. */
export function publicKeyPem(key: webcrypto.CryptoKey): string {
  return KeyObject.from(key).export({ type: 'spki', format: 'pem' }).toString()
}

/** The private key in `pem` for signing; throws what OpenSSL says when it is none of P-256. */
export function signingKeyOf(pem: string): webcrypto.CryptoKey {
  return createPrivateKey(pem).toCryptoKey(algorithm, false, ['sign'])
}
