import type { PrepareConfiguration, PreparedConfiguration } from './follow-configuration.ts'

/** What the primary tells its workers about the configuration. Only what was prepared is committed or aborted. */
export type ConfigurationStep<C> =
  | { readonly step: 'start' | 'prepare'; readonly configuration: C }
  | { readonly step: 'commit' | 'abort' }

/** What a worker answers. */
export type ConfigurationAnswer =
  | { readonly wants: 'configuration' }
  /** `problem` says why it can't take it. */
  | { readonly prepared: { readonly problem?: string } }

export interface ConfigurationFromPrimary<C> {
  /** What to start with. */
  readonly configuration: C
  /** How to take others, from now on; a worker calls it when it has started. */
  readonly follow: (prepare: PrepareConfiguration<C>) => void
}

/** In a worker (node:cluster): asks the primary for the configuration, and takes part in its changes. */
export async function configurationFromPrimary<C>(): Promise<ConfigurationFromPrimary<C>> {
  const first = Promise.withResolvers<C>()
  const following = Promise.withResolvers<PrepareConfiguration<C>>()
  let prepared: PreparedConfiguration | undefined
  const answer = (message: ConfigurationAnswer) => process.send?.(message)
  const prepare = async (next: C) => {
    try {
      const prepareHere = await following.promise
      prepared = await prepareHere(next)
      answer({ prepared: {} })
    } catch (error) {
      answer({ prepared: { problem: (error as Error).message } })
    }
  }
  process.on('message', (message: ConfigurationStep<C> | { readonly step?: undefined }) => {
    switch (message.step) {
      case 'start':
        first.resolve(message.configuration)
        break
      case 'prepare':
        void prepare(message.configuration)
        break
      case 'commit':
        prepared?.commit()
        prepared = undefined
        break
      case 'abort':
        void prepared?.abort()
        prepared = undefined
        break
      case undefined:
        // Other parts of a worker are told things, too.
        break
    }
  })
  answer({ wants: 'configuration' })
  return { configuration: await first.promise, follow: following.resolve }
}
