import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { ConfigurationError, type Logger, watchFiles } from '@gatehouse/server'

export interface WatchedCertificateAuthority extends Disposable {
  /** The newest PEM that works. */
  readonly current: () => string
}

/**
 * Reads the authority's PEM file and follows its changes. A new file that is none is logged, and the old
 * one stays.
 *
 * @throws ConfigurationError when the first one can't be used
 */
export async function watchCertificateAuthority(
  file: string,
  logger: Logger,
): Promise<WatchedCertificateAuthority> {
  let current = await read(file)
  let refused: string | undefined
  const reload = async () => {
    try {
      const next = await read(file)
      refused = undefined
      if (next === current) return
      current = next
      logger.info({ file }, 'the renewed certificate authority is in use')
    } catch (error) {
      const { message } = error as Error
      // Looked at every few seconds, told once.
      if (refused === message) return
      refused = message
      logger.error(
        { file, reason: message },
        'the new certificate authority is not usable; the old one stays',
      )
    }
  }
  const watching = watchFiles([file], reload)
  return { current: () => current, [Symbol.dispose]: () => watching[Symbol.dispose]() }
}

async function read(file: string): Promise<string> {
  try {
    const pem = await readFile(file, 'utf8')
    void new X509Certificate(pem)
    return pem
  } catch (cause) {
    const message = `this is not a readable certificate in PEM: ${(cause as Error).message}`
    throw new ConfigurationError(file, [{ path: '', message }], { cause })
  }
}
