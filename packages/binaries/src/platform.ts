import { BinariesError } from './errors.ts'

/** A platform as Go and Kubernetes releases spell it. */
export interface Platform {
  readonly os: 'linux' | 'darwin'
  readonly arch: 'amd64' | 'arm64'
}

const systems: Record<string, Platform['os']> = { linux: 'linux', darwin: 'darwin' }
const architectures: Record<string, Platform['arch']> = { x64: 'amd64', arm64: 'arm64' }

/**
 * Translates Node's names of a platform into Go's.
 *
 * @throws BinariesError `ERR_UNSUPPORTED_PLATFORM`
 */
export function platformOf(nodePlatform: string, nodeArch: string): Platform {
  const os = systems[nodePlatform]
  const arch = architectures[nodeArch]
  if (os && arch) return { os, arch }
  throw new BinariesError(
    'ERR_UNSUPPORTED_PLATFORM',
    `Kubernetes' control plane does not run on ${nodePlatform} ${nodeArch}: use Linux or macOS on x64 or arm64` +
      (nodePlatform === 'win32' ? ' (on Windows: in WSL 2)' : ''),
  )
}
