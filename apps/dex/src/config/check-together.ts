import type { z } from 'zod'

/** The id of the connector that Dex makes of `enablePasswordDB`. */
export const LOCAL_CONNECTOR_ID = 'local'

/** What is compared between settings. Any of it may be missing or wrong where the file is. */
interface PartialConfig {
  readonly staticClients?: unknown
  readonly connectors?: unknown
  readonly enablePasswordDB?: unknown
  readonly staticPasswords?: unknown
  readonly issuer?: unknown
  readonly oauth2?: unknown
  readonly web?: unknown
  readonly gatehouse?: unknown
}

/** Reports what no setting shows alone: ids that stand twice, passwords without a database, no way to log in. */
export function checkTogether(config: PartialConfig, context: z.core.$RefinementCtx): void {
  const problem = (path: readonly (string | number)[], message: string) => {
    context.addIssue({ code: 'custom', path: [...path], message })
  }
  const connectors = strings(config.connectors, 'id')
  const lists = {
    staticClients: { key: 'id', values: strings(config.staticClients, 'id') },
    staticPasswords: {
      key: 'email',
      values: strings(config.staticPasswords, 'email').map((email) => email?.toLowerCase()),
    },
    connectors: { key: 'id', values: connectors },
  }
  for (const [list, { key, values }] of Object.entries(lists)) {
    for (const [index, value] of values.entries()) {
      if (value && values.indexOf(value) < index) problem([list, index, key], 'stands twice')
    }
  }
  for (const [index, id] of connectors.entries()) {
    if (config.enablePasswordDB === true && id === LOCAL_CONNECTOR_ID) {
      problem(['connectors', index, 'id'], `${id} is the password database's; choose another id`)
    }
  }
  if (lists.staticPasswords.values.length > 0 && config.enablePasswordDB !== true) {
    problem(['staticPasswords'], 'need enablePasswordDB: true')
  }
  checkPasswordConnector(config, connectors, problem)
  checkFurtherListeners(config, problem)
  checkCallbacks(config, problem)
  if (connectors.length === 0 && config.enablePasswordDB !== true) {
    problem(['connectors'], 'is empty, so nobody could log in; add one or set enablePasswordDB: true')
  }
}

type Problem = (path: readonly (string | number)[], message: string) => void

/** The password grant needs a connector that takes passwords. */
function checkPasswordConnector(
  { oauth2, connectors, enablePasswordDB }: PartialConfig,
  ids: readonly (string | undefined)[],
  problem: Problem,
): void {
  const [asked] = strings([oauth2], 'passwordConnector')
  if (asked === undefined || (enablePasswordDB === true && asked === LOCAL_CONNECTOR_ID)) return
  const type = strings(connectors, 'type')[ids.indexOf(asked)]
  if (type === undefined) problem(['oauth2', 'passwordConnector'], `${asked} is not the id of a connector`)
  else if (!['mockPassword', 'ldap'].includes(type)) {
    problem(['oauth2', 'passwordConnector'], `${asked} is of the type ${type}, which takes no passwords`)
  }
}

/** They have the certificate of the first. */
function checkFurtherListeners({ web, gatehouse }: PartialConfig, problem: Problem): void {
  const { alsoHttps } = (gatehouse ?? {}) as Partial<Record<string, unknown>>
  const { https } = (web ?? {}) as Partial<Record<string, unknown>>
  if (!Array.isArray(alsoHttps) || alsoHttps.length === 0 || https !== undefined) return
  problem(['gatehouse', 'alsoHttps'], 'needs web.https, whose certificate it shows')
}

/** What an upstream issuer sends back must come here, to the connector that asked. */
function checkCallbacks({ issuer, connectors }: PartialConfig, problem: Problem): void {
  if (typeof issuer !== 'string' || !Array.isArray(connectors)) return
  const base = issuer.replace(/\/$/, '')
  for (const [index, { type, id, config }] of (connectors as Partial<Record<string, unknown>>[]).entries()) {
    const [asked] = strings([config], 'redirectURI')
    const callbacks = [`${base}/callback`, `${base}/callback/${String(id)}`]
    if (type !== 'oidc' || asked === undefined || callbacks.includes(asked)) continue
    problem(['connectors', index, 'config', 'redirectURI'], `is not ${callbacks.join(' or ')}`)
  }
}

function strings(list: unknown, key: string): (string | undefined)[] {
  if (!Array.isArray(list)) return []
  return list.map((member: unknown) => {
    const value = (member as Readonly<Record<string, unknown>> | null | undefined)?.[key]
    return typeof value === 'string' ? value : undefined
  })
}
