import { once } from 'node:events'
import type { AddressInfo, Server } from 'node:net'
import type { ListenSettings } from './configuration.ts'
import { ServerError } from './errors.ts'

/**
 * Makes `server` listen and returns the address that it got as `host:port`, ready for a URL (IPv6 in
 * brackets; a wildcard address becomes loopback).
 *
 * @throws ServerError `ERR_LISTEN` when the address is taken or not of this machine
 */
export async function listen(server: Server, { host, port }: ListenSettings): Promise<string> {
  try {
    const listening = once(server, 'listening')
    server.listen(port, host)
    await listening
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    const why =
      code === 'EADDRINUSE' ? 'another process listens there; stop it or choose another port' : message
    throw new ServerError('ERR_LISTEN', `cannot listen on ${host}:${port}: ${why}`, { cause })
  }
  const { address, family, port: actual } = server.address() as AddressInfo
  if (address === '::' || address === '0.0.0.0') return `127.0.0.1:${actual}`
  return family === 'IPv6' ? `[${address}]:${actual}` : `${address}:${actual}`
}
