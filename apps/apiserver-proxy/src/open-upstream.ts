import { isDeepStrictEqual } from 'node:util'
import { createReviewClient, type ReviewClient } from '@gatehouse/authorization'
import { currentCluster, readKubeconfig } from '@gatehouse/kubeconfig'
import { follow, type Logger } from '@gatehouse/server'
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
  const connectWithinMs = timeouts.connectSeconds * 1000
  const followed = await follow({
    what: 'upstream kubeconfig',
    async read() {
      const connection = await currentCluster(await readKubeconfig(kubeconfig))
      return { connection, endpoint: createEndpoint(connection, { connectWithinMs }) }
    },
    filesOf: () => [kubeconfig],
    isSame: (one, other) => isDeepStrictEqual(one.connection, other.connection),
    onChange({ connection, endpoint }) {
      pool.replaceEndpoint(endpoint)
      endLater(reviews)
      reviews = createReviewClient(connection)
      return { server: connection.server }
    },
    logger,
  })
  const { connection, endpoint } = followed.current()
  const pool = new ConnectionPool(endpoint)
  let reviews = createReviewClient(connection)
  const endLater = (old: ReviewClient) => {
    setTimeout(() => void old[Symbol.asyncDispose](), REVIEWS_OVER_MS).unref()
  }
  return {
    pool,
    reviews: () => reviews,
    retire() {
      followed[Symbol.dispose]()
      pool.retire()
      endLater(reviews)
    },
    async [Symbol.asyncDispose]() {
      followed[Symbol.dispose]()
      pool[Symbol.dispose]()
      await reviews[Symbol.asyncDispose]()
    },
  }
}
