import { createPrivateKey, createPublicKey } from 'node:crypto'
import { join } from 'node:path'
import { writePrivateFile } from '@gatehouse/private-files'
import { PkiError } from './errors.ts'
import { generateKeyPair, privateKeyPem, publicKeyPem } from './key.ts'
import { isExposed, makePrivateDirectory, readIfPresent, withDirectoryLock } from './private-files.ts'
import { checkFileName } from './request.ts'

export interface SigningKeyFiles {
  /** PKCS #8 PEM. */
  readonly privateKeyFile: string
  /** SubjectPublicKeyInfo PEM. */
  readonly publicKeyFile: string
}

/**
 * The key pair that signs ServiceAccount tokens (ES256): made once as `<name>.key` and `<name>.pub`, then
 * kept, since tokens that were signed with it live on. The public file is written from the private one.
 *
 * @throws PkiError `ERR_KEY_EXPOSED`, `ERR_UNREADABLE`, `ERR_INVALID_REQUEST`; PrivateFilesError `ERR_LOCKED`
 */
export async function ensureSigningKey(directory: string, name: string): Promise<SigningKeyFiles> {
  checkFileName(name)
  await makePrivateDirectory(directory)
  const files = {
    privateKeyFile: join(directory, `${name}.key`),
    publicKeyFile: join(directory, `${name}.pub`),
  }
  return withDirectoryLock(directory, async () => {
    const existing = await readIfPresent(files.privateKeyFile)
    if (existing === undefined) {
      const keys = await generateKeyPair()
      await writePrivateFile(files.privateKeyFile, privateKeyPem(keys.privateKey))
      await writePrivateFile(files.publicKeyFile, publicKeyPem(keys.publicKey))
      return files
    }
    if (await isExposed(files.privateKeyFile)) {
      throw new PkiError(
        'ERR_KEY_EXPOSED',
        `others may read or write the signing key ${files.privateKeyFile}. ` +
          `If nobody did, run: chmod 600 '${files.privateKeyFile}'. Otherwise delete it: a new one is made, and older tokens end`,
      )
    }
    const expected = derivePublicKey(files.privateKeyFile, existing)
    if ((await readIfPresent(files.publicKeyFile)) !== expected)
      await writePrivateFile(files.publicKeyFile, expected)
    return files
  })
}

function derivePublicKey(file: string, pem: string): string {
  try {
    return createPublicKey(createPrivateKey(pem)).export({ type: 'spki', format: 'pem' }).toString()
  } catch (cause) {
    const message = `${file} is not a private key in PEM: ${(cause as Error).message}. Restore it, or delete it: a new one is made`
    throw new PkiError('ERR_UNREADABLE', message, { cause })
  }
}
