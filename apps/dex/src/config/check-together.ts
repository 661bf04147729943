import type { z } from 'zod'

/** The id of the connector that Dex makes of `enablePasswordDB`. */
export const LOCAL_CONNECTOR_ID = 'local'

/** What is compared between settings. Any of it may be missing or wrong where the file is. */
interface PartialConfig {
  readonly staticClients?: unknown
  readonly connectors?: unknown
  readonly enablePasswordDB?: unknown
  readonly staticPasswords?: unknown
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
  if (connectors.length === 0 && config.enablePasswordDB !== true) {
    problem(['connectors'], 'is empty, so nobody could log in; add one or set enablePasswordDB: true')
  }
}

function strings(list: unknown, key: string): (string | undefined)[] {
  if (!Array.isArray(list)) return []
  return list.map((member: unknown) => {
    const value = (member as Readonly<Record<string, unknown>> | null | undefined)?.[key]
    return typeof value === 'string' ? value : undefined
  })
}
