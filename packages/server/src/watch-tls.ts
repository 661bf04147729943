import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Server as HttpsServer } from 'node:https'
import { createSecureContext, type SecureContextOptions, type Server as TlsServer } from 'node:tls'
import type { TlsSettings } from './configuration.ts'
import { ConfigurationError } from './errors.ts'
import type { Logger } from './logger.ts'
import { tlsOptions } from './server-options.ts'
import { watchFiles } from './watch-files.ts'

/** PEM texts that belong together. */
export interface TlsPair {
  readonly cert: string
  readonly key: string
}

export interface WatchedTls extends Disposable, AsyncDisposable {
  /** The newest pair that works. */
  readonly current: () => TlsPair
  /**
   * Gives `server` the current pair, and each new one; connections that exist go on. `context` is set along
   * with it every time (Node forgets `ca`, `minVersion` and the like otherwise); TLS 1.2 is the least.
   */
  readonly attach: (server: HttpsServer | TlsServer, context?: SecureContextOptions) => void
}

/**
 * Reads a certificate and its key and follows their renewal. New files that can't be read, don't parse,
 * don't belong together or are expired are logged, and the old pair stays.
 *
 * @throws ConfigurationError when the first pair can't be used
 */
export async function watchTls(options: TlsSettings & { logger: Logger }): Promise<WatchedTls> {
  const { certificateFile, keyFile, logger } = options
  let current = await readPair(certificateFile, keyFile)
  let refused: string | undefined
  const servers = new Map<HttpsServer | TlsServer, SecureContextOptions>()
  function forget(this: HttpsServer | TlsServer) {
    servers.delete(this)
  }
  const apply = (server: HttpsServer | TlsServer, context: SecureContextOptions) => {
    server.setSecureContext({ minVersion: tlsOptions.minVersion, ...context, ...current })
  }
  const reload = async () => {
    try {
      const next = await readPair(certificateFile, keyFile)
      refused = undefined
      if (next.cert === current.cert && next.key === current.key) return
      current = next
      for (const [server, context] of servers) apply(server, context)
      logger.info({ certificateFile, ...describe(next) }, 'the renewed certificate is in use')
    } catch (error) {
      const { message } = error as Error
      // Looked at every few seconds, told once.
      if (refused === message) return
      refused = message
      logger.error(
        { certificateFile, keyFile, reason: message },
        'the new certificate is not usable; the old one stays',
      )
    }
  }
  const watching = watchFiles([certificateFile, keyFile], reload)
  const dispose = () => {
    watching[Symbol.dispose]()
    for (const server of servers.keys()) server.off('close', forget)
    servers.clear()
  }
  return {
    current: () => current,
    attach(server, context = {}) {
      apply(server, context)
      servers.set(server, context)
      server.once('close', forget)
    },
    [Symbol.dispose]: dispose,
    [Symbol.asyncDispose]: async () => dispose(),
  }
}

async function readPair(certificateFile: string, keyFile: string): Promise<TlsPair> {
  const [cert, key] = await Promise.all([readPem(certificateFile), readPem(keyFile)])
  try {
    createSecureContext({ cert, key })
  } catch (cause) {
    const why = (cause as Error).message
    const message = `is not usable with the key ${keyFile}: ${why}`
    throw new ConfigurationError(certificateFile, [{ path: '', message }], { cause })
  }
  const { validTo, validToDate } = new X509Certificate(cert)
  if (validToDate.getTime() < Date.now()) {
    throw new ConfigurationError(certificateFile, [{ path: '', message: `expired at ${validTo}; renew it` }])
  }
  return { cert, key }
}

async function readPem(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    const { message } = cause as Error
    throw new ConfigurationError(file, [{ path: '', message: `the PEM file can't be read: ${message}` }], {
      cause,
    })
  }
}

function describe({ cert }: TlsPair) {
  const { subject, validTo, serialNumber } = new X509Certificate(cert)
  return { subject, serialNumber, notAfter: validTo }
}
