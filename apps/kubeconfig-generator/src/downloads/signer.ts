/** The built-in signer for clients of the API server; it refuses the group system:masters. */
export const SIGNER = 'kubernetes.io/kube-apiserver-client'
