import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'

const WORK = ['pods', 'configmaps', 'secrets', 'deployments.apps']

/** The namespace of the small spec; the test makes it. */
export const NAMESPACE = 'handful'

/**
 * A spec of three people and a handful of resources, for tests that need few cells. Its namespace is no disposable
 * one: Kubernetes takes more than five seconds to remove a namespace.
 */
export const smallSpec = {
  version: 1,
  name: 'a handful',
  personas: {
    admin: { user: 'admin@kyma.cx', groups: ['runtimeAdmin'] },
    viewer: { user: 'read-only-user@kyma.cx', groups: ['runtimeOperator'] },
    developer: { user: 'developer@kyma.cx', groups: ['runtimeDeveloper'] },
  },
  places: { own: { namespace: NAMESPACE } },
  setup: 'admin',
  paths: ['direct', 'proxy'],
  everythingElse: 'uncovered',
  rules: [
    { personas: ['admin', 'developer'], may: '*', resources: WORK, places: 'own' },
    { personas: 'viewer', may: 'read', resources: ['pods', 'configmaps', 'nodes'] },
    { personas: 'viewer', mayNot: '*', resources: 'secrets' },
    { personas: 'developer', mayNot: 'read', resources: 'nodes', places: 'cluster' },
  ],
}

/** Writes a spec into `directory`, and gives its file. */
export async function writeSpec(directory: string, name: string, spec: object): Promise<string> {
  const file = join(directory, `${name}.yaml`)
  await writeFile(file, stringify(spec))
  return file
}
