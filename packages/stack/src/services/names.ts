/** The services that a stack is made of; each may be left to somebody else (`--without`). */
export const SERVICE_NAMES = [
  'dex',
  'ingress-gateway',
  'kubeconfig-generator',
  'apiserver-proxy',
  'permission-controller',
  'console',
] as const

export type ServiceName = (typeof SERVICE_NAMES)[number]
