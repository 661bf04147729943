import { isIP } from 'node:net'
import { connect, type TLSSocket } from 'node:tls'
import type { ClusterConnection } from '@gatehouse/authorization'
import { UpstreamError } from './errors.ts'

/** Where the API server is, and as whom the proxy connects. */
export interface Endpoint {
  readonly host: string
  readonly port: number
  /** Header lines that every request there has: Host, and the proxy's own token if that is how it logs in. */
  readonly headers: string
  /** Connects; calls back once, when TLS is established and the server's certificate checked. */
  connect(callback: (error: UpstreamError | undefined, socket: TLSSocket) => void): TLSSocket
}

/**
 * Makes an endpoint of what a kubeconfig says. TLS 1.2 at least; the server is checked against the CA, or
 * the system's CAs where there is none.
 *
 * @throws TypeError when the server is not `https://host[:port]`
 */
export function createEndpoint(
  connection: ClusterConnection,
  options: { connectWithinMs: number },
): Endpoint {
  const { caPem, tlsServerName, clientCertificatePem, clientKeyPem, token } = connection
  const url = new URL(connection.server)
  if (url.protocol !== 'https:' || url.pathname !== '/' || url.search !== '') {
    throw new TypeError(
      `the API server's address must be https://host:port, without a path: ${connection.server}`,
    )
  }
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const servername = tlsServerName ?? (isIP(host) === 0 ? host : undefined)
  let session: Buffer | undefined

  const port = url.port === '' ? 443 : Number(url.port)
  return {
    host,
    port,
    headers: `Host: ${url.host}\r\n${token === undefined ? '' : `Authorization: Bearer ${token}\r\n`}`,
    connect(callback) {
      const socket = connect({
        host,
        port,
        minVersion: 'TLSv1.2',
        ALPNProtocols: ['http/1.1'],
        ...(caPem === undefined ? {} : { ca: caPem }),
        ...(clientCertificatePem === undefined ? {} : { cert: clientCertificatePem }),
        ...(clientKeyPem === undefined ? {} : { key: clientKeyPem }),
        ...(servername === undefined ? {} : { servername }),
        ...(session === undefined ? {} : { session }),
      })
      socket.setNoDelay(true)
      socket.setKeepAlive(true, 30_000)
      socket.on('session', (latest: Buffer) => {
        session = latest
      })
      const settle = (error: UpstreamError | undefined) => {
        clearTimeout(timer)
        socket.off('error', onError)
        socket.off('close', onClose)
        socket.off('secureConnect', onConnect)
        if (error) {
          // A resumed session must not be what fails again and again.
          session = undefined
          socket.on('error', () => undefined)
          socket.destroy()
        }
        callback(error, socket)
      }
      const onError = (cause: Error) => {
        settle(
          new UpstreamError('ERR_UPSTREAM_CONNECT', `the API server can't be reached: ${cause.message}`, {
            cause,
          }),
        )
      }
      const onClose = () => settle(new UpstreamError('ERR_UPSTREAM_CONNECT', 'the API server hung up'))
      const onConnect = () => settle(undefined)
      const timer = setTimeout(
        () => settle(new UpstreamError('ERR_UPSTREAM_CONNECT', "the API server can't be reached in time")),
        options.connectWithinMs,
      )
      socket.once('error', onError)
      socket.once('close', onClose)
      socket.once('secureConnect', onConnect)
      return socket
    },
  }
}
