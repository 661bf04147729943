/**
 * The API server's AuthenticationConfiguration: the issuers that the caller trusts, and anonymous requests
 * for health alone. Without the conditions, anyone on the machine could use what RBAC gives to
 * `system:unauthenticated`. Pure.
 */
export function authenticationConfiguration(issuers: object | undefined): object {
  return {
    apiVersion: 'apiserver.config.k8s.io/v1',
    kind: 'AuthenticationConfiguration',
    ...issuers,
    anonymous: {
      enabled: true,
      conditions: [{ path: '/livez' }, { path: '/readyz' }, { path: '/healthz' }],
    },
  }
}
