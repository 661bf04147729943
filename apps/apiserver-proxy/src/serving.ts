import { isDeepStrictEqual } from 'node:util'
import { createTokenVerifier, type IssuerKeys, type TokenVerifier } from '@gatehouse/authentication'
import { createAuthorizer, reviewAccess } from '@gatehouse/authorization'
import { type Logger, type WatchedTls, watchTls } from '@gatehouse/server'
import { createAccessLog } from './access-log.ts'
import { createAuthenticator } from './authenticate.ts'
import type { Caller } from './caller.ts'
import type { ProxyConfig } from './config.ts'
import { createCors } from './cors.ts'
import type { ProxyMetrics } from './metrics.ts'
import { openUpstream, type Upstream } from './open-upstream.ts'
import { openRevocations, type Revocations } from './revocations.ts'
import type { Stages } from './stages.ts'
import type { StreamEnd, Streams } from './streams.ts'
import type { Tracing } from './tracing/request-trace.ts'
import { createTokenReviewer, type TokenReviewer } from './token-review.ts'

/** What one configuration made. A request keeps to the one that it began with. */
export interface Serving {
  readonly config: ProxyConfig
  readonly stages: Stages
  readonly verifier: TokenVerifier
  readonly reviewer: TokenReviewer | undefined
  readonly upstream: Upstream
  readonly revocations: Revocations
  readonly tls: WatchedTls
}

/** What stays, whatever the configuration. */
export interface Shared {
  readonly logger: Logger
  readonly metrics: ProxyMetrics
  readonly load: { inFlight: number }
  readonly streams: Streams
  readonly tracing: Tracing | undefined
  readonly issuerKeys: IssuerKeys
}

export interface OpenServing {
  readonly serving: Serving
  /** Frees what was opened for it, and not taken over from the earlier one. */
  readonly close: () => Promise<void>
}

/**
 * Opens what a configuration says, beside an earlier one that goes on: parts whose settings are the same are taken
 * over. Issuers that the earlier one does not have must be reachable, as those that the API server reloads; at the
 * start they may come later.
 *
 * @throws ConfigurationError, AuthenticationError and whatever else a part can't be opened with
 */
export async function openServing(
  config: ProxyConfig,
  shared: Shared,
  earlier?: Serving,
): Promise<OpenServing> {
  const { logger, metrics, load, streams, tracing, issuerKeys } = shared
  await using opened = new AsyncDisposableStack()
  const part = async <T extends AsyncDisposable | Disposable>(
    settings: (config: ProxyConfig) => unknown,
    ofEarlier: T | undefined,
    open: () => T | Promise<T>,
  ): Promise<T> => {
    const isSame = earlier !== undefined && isDeepStrictEqual(settings(config), settings(earlier.config))
    return isSame && ofEarlier !== undefined ? ofEarlier : opened.use(await open())
  }

  const upstream = await part(
    (of) => [of.upstream, of.timeouts.connectSeconds],
    earlier?.upstream,
    () => openUpstream(config, { logger }),
  )
  const tls = await part(
    (of) => of.tls,
    earlier?.tls,
    () => watchTls({ ...config.tls, logger }),
  )
  const revocations = await part(
    (of) => of.revocations,
    earlier?.revocations,
    () => openRevocations(config.revocations?.file, { logger }),
  )
  if (earlier) await issuerKeys.learn(config.issuers)
  const verifier = await part(
    (of) => of.issuers,
    earlier?.verifier,
    () => createTokenVerifier({ issuers: config.issuers, keys: issuerKeys }),
  )
  const isSameUpstream = upstream === earlier?.upstream
  const reviewer =
    config.passThrough === 'off'
      ? undefined
      : ((isSameUpstream ? earlier.reviewer : undefined) ?? createTokenReviewer(upstream.reviews))
  const isSameAuthentication =
    verifier === earlier?.verifier && reviewer === earlier.reviewer && revocations === earlier.revocations
  const isSameAuthorization = isSameUpstream && isDeepStrictEqual(config.decisions, earlier.config.decisions)

  const stages: Stages = {
    limits: config.limits,
    impersonation: config.impersonation,
    cors: createCors(config.cors.allowedOrigins),
    authenticator: isSameAuthentication
      ? earlier.stages.authenticator
      : createAuthenticator({ verifier, reviewer, isRevoked: revocations.isRevoked }),
    authorizer: isSameAuthorization
      ? earlier.stages.authorizer
      : createAuthorizer({
          review: (spec, auditId) => reviewAccess(upstream.reviews(), spec, auditId),
          allowedTtlSeconds: config.decisions.allowedSeconds,
          deniedTtlSeconds: config.decisions.deniedSeconds,
        }),
    forwarding: {
      pool: upstream.pool,
      streams,
      answerWithinMs: config.timeouts.responseSeconds * 1000,
      bodyBytes: config.limits.bodyBytes,
    },
    log: createAccessLog(logger),
    metrics,
    tracing,
    logger,
    load,
  }
  const own = opened.move()
  return {
    serving: { config, stages, verifier, reviewer, upstream, revocations, tls },
    close: () => own.disposeAsync(),
  }
}

/** Frees what the earlier one has, and the next one has not taken over; requests under way end as they would have. */
export function retire(earlier: Serving, next: Serving): void {
  if (earlier.upstream !== next.upstream) earlier.upstream.retire()
  if (earlier.tls !== next.tls) earlier.tls[Symbol.dispose]()
  if (earlier.revocations !== next.revocations) earlier.revocations[Symbol.dispose]()
}

/** Frees everything. */
export async function closeServing({ upstream, tls, revocations }: Serving): Promise<void> {
  tls[Symbol.dispose]()
  revocations[Symbol.dispose]()
  await upstream[Symbol.asyncDispose]()
}

/** Why a stream of this caller may not go on, if so. */
export function endOf(
  { config, verifier, reviewer, revocations }: Serving,
  caller: Caller,
): StreamEnd | undefined {
  if (revocations.isRevoked(caller.revocable)) return 'token revoked'
  if (caller.person !== undefined && config.impersonation === 'off') return 'no longer accepted'
  const isAccepted =
    caller.vouchedBy === 'cluster' ? reviewer !== undefined : verifier.accepts(caller.identity)
  return isAccepted ? undefined : 'no longer accepted'
}
