import { readFile, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { makePrivateDirectory } from '@gatehouse/private-files'
import { StackError } from './errors.ts'

/** Where one stack keeps what it needs: everything below `root`, mode 0700, secrets 0600. */
export interface StateDirectory {
  readonly root: string
  /** Certificates and the local certificate authority. */
  readonly pki: string
  /** The services' configuration files, written anew at every start. */
  readonly config: string
  /** What services keep over restarts. */
  readonly data: string
  readonly logs: string
  /** Everything of the cluster. */
  readonly cluster: string
  /** The authority (PEM) that signed the API server's certificate, whichever provider the cluster has. */
  readonly clusterCertificateAuthorityFile: string
  /** The clusters and projects of the kubeconfig generator, which follows its changes. */
  readonly catalogueFile: string
  /** Who downloaded which kubeconfig of a cluster, as lines of JSON. */
  readonly downloadsAuditFile: string
  readonly portsFile: string
  readonly passwordsFile: string
  /** The users and tokens that the proxy refuses. */
  readonly revocationsFile: string
  /** The bearer secret of dex's test powers; dex makes it. */
  readonly dexTestPowersSecretFile: string
  /** What is running, for `gatehouse status` and others; no secrets. */
  readonly stackFile: string
  /** The processes that run, for the next start in case this one is killed. */
  readonly processesFile: string
  readonly controlSocket: string
  /** The existing cluster of the last start, if it was on one. */
  readonly existingClusterFile: string
}

/** Names are part of host names and paths, so they are DNS labels (RFC 1123), short enough for a socket path. */
export const STACK_NAME = /^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$/

/**
 * The directory of all stacks: `$GATEHOUSE_STATE_DIR`, else `$XDG_STATE_HOME/gatehouse`, else
 * `~/.local/state/gatehouse` (XDG Base Directory Specification).
 */
export function stateRoot(env: Readonly<Record<string, string | undefined>>): string {
  if (env['GATEHOUSE_STATE_DIR']) return env['GATEHOUSE_STATE_DIR']
  return join(env['XDG_STATE_HOME'] || join(homedir(), '.local', 'state'), 'gatehouse')
}

/** The paths of the stack `name`; nothing is created. */
export function stateDirectory(root: string, name: string): StateDirectory {
  if (!STACK_NAME.test(name)) {
    throw new StackError(
      'ERR_STATE',
      `"${name}" can't name a stack: use up to 32 lower-case letters, digits and "-", as in a host name`,
    )
  }
  const directory = join(root, name)
  return {
    root: directory,
    pki: join(directory, 'pki'),
    config: join(directory, 'config'),
    data: join(directory, 'data'),
    logs: join(directory, 'logs'),
    cluster: join(directory, 'cluster'),
    clusterCertificateAuthorityFile: join(directory, 'config', 'cluster-ca.pem'),
    catalogueFile: join(directory, 'config', 'catalogue.yaml'),
    downloadsAuditFile: join(directory, 'logs', 'downloads-audit.jsonl'),
    portsFile: join(directory, 'ports.json'),
    passwordsFile: join(directory, 'passwords.json'),
    revocationsFile: join(directory, 'revocations.json'),
    dexTestPowersSecretFile: join(directory, 'dex-test-powers.secret'),
    stackFile: join(directory, 'stack.json'),
    processesFile: join(directory, 'processes.json'),
    controlSocket: join(directory, 'control.sock'),
    existingClusterFile: join(directory, 'existing-cluster.json'),
  }
}

/**
 * Creates the directories that are missing, and closes the others, for their owner only.
 *
 * @throws PrivateFilesError `ERR_NOT_PRIVATE` when somebody else owns one or could write to it
 */
export async function createStateDirectory(state: StateDirectory): Promise<void> {
  for (const directory of [state.root, state.pki, state.config, state.data, state.logs, state.cluster]) {
    await makeStateDirectory(directory)
  }
}

/** One directory of the state, on its own. */
export function makeStateDirectory(directory: string): Promise<void> {
  return makePrivateDirectory(directory, 'set GATEHOUSE_STATE_DIR to a directory of your own')
}

/**
 * Removes what the services and the cluster kept, for a start from nothing. Certificates, ports and passwords
 * stay: they are what people and browsers were told to trust.
 */
export async function removeData(state: StateDirectory): Promise<void> {
  for (const directory of [state.data, state.cluster]) await rm(directory, { recursive: true, force: true })
  await createStateDirectory(state)
}

/** The parsed content of a JSON file that this package wrote, or undefined when there is none. */
export async function readJson(path: string): Promise<unknown> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new StackError('ERR_STATE', `${path} is not JSON; delete it and start again`, { cause })
  }
}
