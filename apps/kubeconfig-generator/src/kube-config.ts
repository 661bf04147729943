import { randomBytes } from 'node:crypto'
import type { Identity } from '@gatehouse/authentication'
import type { Configuration } from './configuration.ts'
import { type Outcome, textOf } from './handed-out.ts'
import { type OidcUser, pluginUser, tokenUser } from './oidc-user.ts'
import type { FileRequest } from './read-request.ts'
import { badRequest } from './refusal.ts'

export interface KubeConfigParts {
  readonly configuration: Pick<Configuration, 'cluster' | 'login' | 'pluginCommand'>
  /** The content of the PEM files, as they are now. */
  readonly certificateAuthority: () => string
  readonly loginCertificateAuthority: () => string | undefined
}

/** A text with a gap where the token stands: what is kept holds no token. */
interface Draft {
  readonly namespace: string | undefined
  readonly certificateAuthority: string
  readonly before: string
  readonly after: string
}

/**
 * Kyma's file: the caller's own ID token, or a plugin that gets one, for the configured cluster behind the
 * access proxy. Making the text costs more than verifying a token, so it is kept, for as long as the verifier
 * keeps the identity and for the last namespace that was asked for.
 */
export function createKubeConfigFile(parts: KubeConfigParts) {
  const { cluster, login, pluginCommand } = parts.configuration
  const drafts = new WeakMap<Identity, Draft>()
  // Nobody's name holds it; a letter comes first, so that it is written as tokens are.
  const gap = `t${randomBytes(16).toString('hex')}`

  const textFor = (oidcUser: OidcUser, namespace: string | undefined): string => {
    const { name, server, tlsServerName } = cluster
    const certificateAuthority = parts.certificateAuthority()
    return textOf({
      cluster: { name, server, certificateAuthority, ...(tlsServerName ? { tlsServerName } : {}) },
      ...oidcUser,
      ...(namespace === undefined ? {} : { namespace }),
    })
  }
  const draftFor = (identity: Identity, namespace: string | undefined): Draft => {
    const certificateAuthority = parts.certificateAuthority()
    const known = drafts.get(identity)
    if (known?.namespace === namespace && known?.certificateAuthority === certificateAuthority) return known
    const [before = '', after = ''] = textFor(tokenUser(identity, gap), namespace).split(gap)
    const draft = { namespace, certificateAuthority, before, after }
    drafts.set(identity, draft)
    return draft
  }
  return (
    identity: Identity,
    { token, options: { namespace, format = 'token' } }: Pick<FileRequest, 'token' | 'options'>,
  ): Outcome => {
    const fileName = 'kubeconfig.yml'
    if (format === 'token') {
      const { before, after } = draftFor(identity, namespace)
      return { file: { fileName, text: before + token + after } }
    }
    if (!login) {
      return {
        refusal: badRequest('only format=token is possible here: no login is configured for plugins'),
      }
    }
    const certificateAuthority = parts.loginCertificateAuthority()
    const user = pluginUser(identity, format, { ...login, certificateAuthority, pluginCommand })
    return { file: { fileName, text: textFor(user, namespace) } }
  }
}
