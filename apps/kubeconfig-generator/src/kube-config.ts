import type { Identity } from '@gatehouse/authentication'
import type { Configuration } from './configuration.ts'
import { type Outcome, textOf } from './handed-out.ts'
import { pluginUser, tokenUser } from './oidc-user.ts'
import type { FileRequest } from './read-request.ts'
import { badRequest } from './refusal.ts'

export interface KubeConfigParts {
  readonly configuration: Pick<Configuration, 'cluster' | 'login' | 'pluginCommand'>
  /** The content of the PEM files, as they are now. */
  readonly certificateAuthority: () => string
  readonly loginCertificateAuthority: () => string | undefined
}

/**
 * Kyma's file: the caller's own ID token, or a plugin that gets one, for the configured cluster behind the
 * access proxy. Pure but for the files' current content.
 */
export function kubeConfigFile(
  parts: KubeConfigParts,
  identity: Identity,
  { token, options: { namespace, format = 'token' } }: Pick<FileRequest, 'token' | 'options'>,
): Outcome {
  const { cluster, login, pluginCommand } = parts.configuration
  if (format !== 'token' && !login) {
    return { refusal: badRequest('only format=token is possible here: no login is configured for plugins') }
  }
  const oidcUser =
    format === 'token' || !login
      ? tokenUser(identity, token)
      : pluginUser(identity, format, {
          ...login,
          certificateAuthority: parts.loginCertificateAuthority(),
          pluginCommand,
        })
  const { name, server, tlsServerName } = cluster
  const certificateAuthority = parts.certificateAuthority()
  const text = textOf({
    cluster: { name, server, certificateAuthority, ...(tlsServerName ? { tlsServerName } : {}) },
    ...oidcUser,
    ...(namespace === undefined ? {} : { namespace }),
  })
  return { file: { fileName: 'kubeconfig.yml', text } }
}
