import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { BinaryName } from '../src/index.ts'

const answers: Record<BinaryName, (version: string) => string> = {
  'kube-apiserver': (version) => `Kubernetes ${version}`,
  'kube-controller-manager': (version) => `Kubernetes ${version}`,
  'kube-scheduler': (version) => `Kubernetes ${version}`,
  kubectl: (version) => `{ "clientVersion": { "gitVersion": "${version}" } }`,
  kwok: (version) => `kwok version ${version} go1.26.8 (linux/amd64)`,
  kind: (version) => `kind ${version} go1.26.8 linux/amd64`,
  helm: (version) => version,
  'docker-compose': (version) => version.slice(1),
  etcd: (version) => `etcd Version: ${version.slice(1)}`,
}

/** A shell script that answers the question for its version as `name` does. */
export function scriptOf(name: BinaryName, version: string): string {
  return `#!/bin/sh\necho '${answers[name](version)}'\n`
}

/** Writes an executable. */
export async function writeExecutable(file: string, content: string): Promise<string> {
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, content)
  await chmod(file, 0o755)
  return file
}
