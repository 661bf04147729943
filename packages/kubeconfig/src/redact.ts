import type { KubeconfigCluster, KubeconfigDocument, KubeconfigExec, KubeconfigUser } from './document.ts'

/** As kubectl writes them. */
const OMITTED = 'DATA+OMITTED'
const REDACTED = 'REDACTED'

/** `--oidc-client-secret=…` and the like. */
const SECRET_FLAG = /^(--?[\w-]*(?:secret|password|token)[\w-]*=).+/i

/**
 * The document without secrets, for people and logs, like `kubectl config view`. It also hides what kubectl
 * shows: the variables and secret options of exec plugins, and the settings of auth providers. Pure.
 */
export function redactKubeconfig(document: KubeconfigDocument): KubeconfigDocument {
  return {
    ...document,
    clusters: document.clusters.map((entry) => ({ ...entry, cluster: redactCluster(entry.cluster) })),
    users: document.users.map((entry) => ({ ...entry, user: redactUser(entry.user) })),
  }
}

function redactCluster(cluster: KubeconfigCluster): KubeconfigCluster {
  return cluster['certificate-authority-data']
    ? { ...cluster, 'certificate-authority-data': OMITTED }
    : cluster
}

function redactUser(user: KubeconfigUser): KubeconfigUser {
  const redacted: KubeconfigUser = { ...user }
  for (const field of ['client-certificate-data', 'client-key-data'] as const) {
    if (redacted[field]) redacted[field] = OMITTED
  }
  for (const field of ['token', 'password'] as const) {
    if (redacted[field]) redacted[field] = REDACTED
  }
  if (user.exec) redacted.exec = redactExec(user.exec)
  const provider = user['auth-provider']
  if (typeof provider === 'object' && provider !== null && 'config' in provider) {
    redacted['auth-provider'] = { ...provider, config: redactValues(provider.config) }
  }
  return redacted
}

function redactExec(exec: KubeconfigExec): KubeconfigExec {
  return {
    ...exec,
    ...(exec.args ? { args: exec.args.map((arg) => arg.replace(SECRET_FLAG, `$1${REDACTED}`)) } : {}),
    ...(exec.env ? { env: exec.env.map((variable) => ({ ...variable, value: REDACTED })) } : {}),
  }
}

function redactValues(config: unknown): unknown {
  if (typeof config !== 'object' || config === null) return config
  return Object.fromEntries(Object.keys(config).map((key) => [key, REDACTED]))
}
