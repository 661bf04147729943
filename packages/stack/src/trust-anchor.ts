import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Anchor } from '@gatehouse/trust'
import { stateDirectory } from './state-directory.ts'

/** The name of a stack's certificate authority, as people see it among those they trust. Pure. */
export function authorityNameOf(stack: string): string {
  return `Gatehouse local CA (${stack})`
}

/**
 * The certificate authority of the stack `name`, running or not, as stores of trusted authorities know it. One that was
 * never made, or is gone, has no certificate.
 *
 * @throws StackError `ERR_STATE` when `name` can't name a stack
 */
export async function trustAnchorOf(root: string, name: string): Promise<Anchor> {
  const certificateFile = join(stateDirectory(root, name).pki, 'ca.crt')
  const certificate = await readFile(certificateFile, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  return { name: `gatehouse-${name}`, commonName: authorityNameOf(name), certificate, certificateFile }
}
