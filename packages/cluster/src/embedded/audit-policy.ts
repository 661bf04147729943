/**
 * The audit policy (audit.k8s.io/v1): who did what to which object, never what an object holds, so that no
 * Secret and no token gets into the log. Requests for health are left out. The stage RequestReceived is
 * omitted, since it repeats what the later stages say.
 */
export const auditPolicy = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [{ level: 'None', nonResourceURLs: ['/livez*', '/readyz*', '/healthz*'] }, { level: 'Metadata' }],
} as const
