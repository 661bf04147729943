import { askAgain } from './api/ask-again.ts'

/** What the service says about its stack; see `page` in the service's configuration. */
export interface PageConfiguration {
  readonly cluster: string
  readonly issuer: string
  readonly clientId: string
  readonly scopes: readonly string[]
  readonly apiServer: string
  readonly kubeconfigUrl: string
}

/** Asks the service that served this page; rejects with a sentence for the person in front of it. */
export async function readPageConfiguration(): Promise<PageConfiguration> {
  const response = await askAgain(() => fetch('/configuration.json', { cache: 'no-store' }))
  if (!response.ok) throw new Error(`the console's own service answered ${response.status}`)
  return (await response.json()) as PageConfiguration
}
