import { sendJson } from '../http/respond.ts'
import type { Route } from '../http/routes.ts'
import type { KeyRing } from '../keys/key-ring.ts'

/** The public keys, with those that sign no more but whose tokens are still about. */
export function keysRoute(keyRing: KeyRing): Route {
  return {
    name: 'keys',
    path: '/keys',
    cors: true,
    methods: {
      async GET(exchange) {
        const { jwks, maxAgeSeconds } = await keyRing.publish()
        exchange.response.setHeader('Cache-Control', `max-age=${maxAgeSeconds}, must-revalidate`)
        sendJson(exchange, 200, jwks)
      },
    },
  }
}
