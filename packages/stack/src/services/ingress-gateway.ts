import type { Addresses } from '../addresses.ts'
import type { StackCertificates } from '../certificates.ts'
import type { Ports } from '../ports.ts'
import { DRAIN_SECONDS, type Service } from './service.ts'

/** Where the gateway passes TLS on to, untouched, by the name that a client asks for. */
export interface Tunnel {
  readonly serverName: string
  readonly host: string
  readonly port: number
}

/** The gateway: one https port, a host for each service; TLS for the API server's host ends at the proxy. Pure. */
export function ingressGatewayService(options: {
  stack: string
  addresses: Addresses
  ports: Ports
  listenHost: string
  certificates: StackCertificates
  certificateAuthorityFile: string
  tunnels: readonly Tunnel[]
}): Service {
  const { stack, addresses, ports, listenHost, certificates, certificateAuthorityFile, tunnels } = options
  const { hosts } = addresses
  const inspect = (service: string) => `gatehouse logs ${service}${nameFlag(stack)}`
  const upstream = (service: string, host: string, port: number) => ({
    service,
    url: `https://127.0.0.1:${port}`,
    serverName: host,
    certificateAuthorityFile,
    inspect: inspect(service),
  })
  return {
    name: 'ingress-gateway',
    main: import.meta.resolve('@gatehouse/ingress-gateway/main'),
    operationsPort: ports.gatewayOperations,
    configuration: {
      listen: { host: listenHost, port: ports.gatewayHttps },
      redirect: { host: listenHost, port: ports.gatewayHttp },
      operations: { host: '127.0.0.1', port: ports.gatewayOperations },
      limits: { drainSeconds: DRAIN_SECONDS },
      defaultHost: hosts.console,
      hosts: [
        {
          host: hosts.console,
          tls: { ...certificates.consoleHost },
          upstream: upstream('console', hosts.console, ports.console),
        },
        {
          host: hosts.dex,
          tls: { ...certificates.dexHost },
          upstream: upstream('dex', hosts.dex, ports.dex),
        },
        {
          host: hosts.kubeconfigGenerator,
          tls: { ...certificates.kubeconfigGeneratorHost },
          upstream: upstream('kubeconfig-generator', hosts.kubeconfigGenerator, ports.kubeconfigGenerator),
        },
        {
          host: hosts.apiserver,
          passthrough: {
            service: 'apiserver-proxy',
            host: '127.0.0.1',
            port: ports.apiserverProxy,
            inspect: inspect('apiserver-proxy'),
          },
        },
        ...tunnels.map(({ serverName, host, port }) => ({
          host: serverName,
          passthrough: {
            service: 'kube-apiserver',
            host,
            port,
            inspect: `gatehouse status${nameFlag(stack)}`,
          },
        })),
      ],
    },
  }
}

function nameFlag(stack: string): string {
  return stack === 'default' ? '' : ` --name ${stack}`
}
