import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import { LOOPBACK } from './ports.ts'

export interface HealthRequest {
  readonly host?: string
  readonly port: number
  readonly path: string
  /** The authority of the server's certificate. */
  readonly authorityFile: string
  /** A client certificate, where the server asks for one. */
  readonly certificateFile?: string
  readonly keyFile?: string
  readonly signal: AbortSignal
}

/** Whether a GET is answered with 200 by a server that proves to be the right one. Rejects when nothing answers. */
export function answersOk(options: HealthRequest): Promise<boolean> {
  const { host = LOOPBACK, port, path, authorityFile, certificateFile, keyFile, signal } = options
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host,
        port,
        path,
        ca: readFileSync(authorityFile),
        ...(certificateFile && keyFile
          ? { cert: readFileSync(certificateFile), key: readFileSync(keyFile) }
          : {}),
        agent: false,
        timeout: 2_000,
        signal,
      },
      (response) => {
        response.resume()
        resolve(response.statusCode === 200)
      },
    )
    sent.once('timeout', () => sent.destroy(new Error('no answer within 2 s')))
    sent.once('error', reject)
    sent.end()
  })
}
