import { isAbsolute } from 'node:path'
import { ClusterError } from '../errors.ts'
import type { ClusterOptions } from '../provider.ts'

/** Reports every problem of the options at once. @throws ClusterError `ERR_INVALID_OPTIONS` */
export function checkOptions({ name, directory, apiserver }: ClusterOptions): void {
  const problems: string[] = []
  if (!/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(name)) {
    problems.push(`name "${name}" is not a DNS label (a-z, 0-9 and "-", at most 63)`)
  }
  if (!isAbsolute(directory)) problems.push(`directory "${directory}" is not an absolute path`)
  const { port } = apiserver
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    problems.push(`apiserver.port ${port} is not a port; kube-apiserver cannot choose one by itself`)
  }
  if (problems.length > 0) {
    throw new ClusterError('ERR_INVALID_OPTIONS', `the cluster cannot be started: ${problems.join('; ')}`)
  }
}
