import { lookup as systemLookup } from 'node:dns'
import type { LookupFunction } from 'node:net'

/**
 * Name resolution in which `localhost` and every name below it is loopback, as RFC 6761 section 6.3 asks and
 * browsers do, but not every libc. Other names go to the system.
 */
export const localhostLookup: LookupFunction = (hostname, options, callback) => {
  if (hostname !== 'localhost' && !hostname.endsWith('.localhost')) {
    systemLookup(hostname, options, callback)
    return
  }
  const address = '127.0.0.1'
  // As dns.lookup does, never before the caller has returned.
  process.nextTick(() =>
    options.all ? callback(null, [{ address, family: 4 }]) : callback(null, address, 4),
  )
}
