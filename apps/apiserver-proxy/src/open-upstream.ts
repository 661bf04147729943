import { createReviewClient, type ReviewClient } from '@gatehouse/authorization'
import { currentCluster, readKubeconfig } from '@gatehouse/kubeconfig'
import { type Logger, watchFiles } from '@gatehouse/server'
import type { ProxyConfig } from './config.ts'
import { createEndpoint } from './upstream/endpoint.ts'
import { ConnectionPool } from './upstream/pool.ts'

/** The API server: connections for requests, and a client of its own for reviews. */
export interface Upstream extends AsyncDisposable {
  readonly pool: ConnectionPool
  readonly reviews: () => ReviewClient
  /** Another one takes its place; what is under way ends as it would have. */
  readonly retire: () => void
}

/** Longer than a review may take. */
const REVIEWS_OVER_MS = 30_000

/**
 * Connects to the API server that a kubeconfig names, and follows the file. A new content that can't be used is
 * logged, and the old one stays.
 *
 * @throws when the first content can't be used
 */
export async function openUpstream(
  { upstream: { kubeconfig }, timeouts }: Pick<ProxyConfig, 'upstream' | 'timeouts'>,
  { logger }: { logger: Logger },
): Promise<Upstream> {
  const read = async () => {
    const connection = await currentCluster(await readKubeconfig(kubeconfig))
    const endpoint = createEndpoint(connection, { connectWithinMs: timeouts.connectSeconds * 1000 })
    return { connection, endpoint, content: JSON.stringify(connection) }
  }
  let current = await read()
  const pool = new ConnectionPool(current.endpoint)
  let reviews = createReviewClient(current.connection)
  const endLater = (old: ReviewClient) => {
    setTimeout(() => void old[Symbol.asyncDispose](), REVIEWS_OVER_MS).unref()
  }
  let refused: string | undefined
  const reload = async () => {
    try {
      const latest = await read()
      refused = undefined
      if (latest.content === current.content) return
      current = latest
      pool.replaceEndpoint(latest.endpoint)
      endLater(reviews)
      reviews = createReviewClient(latest.connection)
      logger.info({ server: latest.connection.server }, 'the upstream kubeconfig was read anew')
    } catch (error) {
      const { message } = error as Error
      // Looked at every few seconds, told once.
      if (refused === message) return
      refused = message
      logger.error(
        { file: kubeconfig, reason: message },
        'the new upstream kubeconfig is not usable; the old one stays',
      )
    }
  }
  const watching = watchFiles([kubeconfig], reload)
  return {
    pool,
    reviews: () => reviews,
    retire() {
      watching[Symbol.dispose]()
      pool.retire()
      endLater(reviews)
    },
    async [Symbol.asyncDispose]() {
      watching[Symbol.dispose]()
      pool[Symbol.dispose]()
      await reviews[Symbol.asyncDispose]()
    },
  }
}
