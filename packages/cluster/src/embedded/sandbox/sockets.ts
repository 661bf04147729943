/**
 * Unix sockets are the only way between the sandbox's network and the machine's. Names relative to the
 * working directory of both processes: a socket's whole path may not be longer than 107 bytes.
 */
export const sockets = {
  /** From the sandbox to the API server. */
  apiserver: 'apiserver.sock',
  /** From the kubelet's endpoint to kwok. */
  kubelet: 'kubelet.sock',
} as const

/** Ports in the sandbox's own network, where nothing else listens. */
export const sandboxPorts = {
  kwok: 10_250,
  /** Answers whatever is sent to a pod by port-forward. */
  pod: 8080,
} as const
