import type { Route } from '../http/routes.ts'

/** `/healthz` on the issuer's own listener, for load balancers that know no other. */
export function healthRoute(isHealthy: () => Promise<boolean>): Route {
  return {
    name: 'healthz',
    path: '/healthz',
    methods: {
      async GET({ response }) {
        const healthy = await isHealthy().catch(() => false)
        response.writeHead(healthy ? 200 : 500, { 'Content-Type': 'text/plain; charset=utf-8' })
        response.end(healthy ? 'Health check passed' : 'Health check failed')
      },
    },
  }
}
