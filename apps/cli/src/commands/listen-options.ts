import { isIP } from 'node:net'
import { DEFAULT_PORTS, type PortName, type SomePorts } from '@gatehouse/stack/settings'
import { InvalidArgumentError, Option } from 'commander'

/** `--port gatewayHttps=9443`: the port of one listener, instead of the one in gatehouse.yaml. */
export const portOption = () =>
  new Option(
    '--port <listener=port>',
    "a listener's port, by its name in gatehouse.yaml (can be repeated)",
  ).argParser(addPort)

/** `--listen-host 0.0.0.0`: for containers. */
export const listenHostOption = () =>
  new Option(
    '--listen-host <address>',
    'where the gateway, the proxy and the API server listen (default: loopback); for containers',
  ).argParser((address) => {
    if (isIP(address) === 0) throw new InvalidArgumentError('an IP address is wanted, such as 0.0.0.0')
    return address
  })

/** @throws InvalidArgumentError */
export function addPort(wanted: string, all: SomePorts = {}): SomePorts {
  const [name = '', port = ''] = wanted.split('=')
  if (!isPortName(name)) {
    throw new InvalidArgumentError(`there is no listener "${name}"; there are ${names.join(', ')}`)
  }
  if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535) {
    throw new InvalidArgumentError(`the port of ${name} must be a number from 1 to 65535`)
  }
  return { ...all, [name]: Number(port) }
}

const names = Object.keys(DEFAULT_PORTS) as PortName[]

function isPortName(name: string): name is PortName {
  return Object.hasOwn(DEFAULT_PORTS, name)
}
