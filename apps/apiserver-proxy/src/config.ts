import { issuersSchema } from '@gatehouse/authentication'
import { listenSchema, tlsSchema } from '@gatehouse/server'
import { z } from 'zod'

const seconds = (fallback: number) => z.number().min(0).max(86_400).default(fallback)

/** Scheme, host and port as a browser writes them in `Origin`; no path, no wildcard. */
const origin = z.string().refine((value) => {
  return URL.canParse(value) && new URL(value).origin === value && /^https?:/.test(value)
}, 'must be an origin as browsers send it, such as https://console.example:8443')

const tracing = z.strictObject({
  /** The collector's base URL, to which `/v1/traces` is added; else what OTEL_EXPORTER_OTLP_ENDPOINT and its like say. */
  endpoint: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).optional(),
  /** Which part of the requests is traced; what clients say counts for nothing. */
  samplingRatio: z.number().min(0).max(1).default(1),
})
export type TracingConfig = z.output<typeof tracing>

/** Every setting of the proxy. */
export const configSchema = z
  .strictObject({
    listen: listenSchema,
    tls: tlsSchema,
    /** Health and metrics, apart from the API; nothing there is authenticated. */
    operations: listenSchema,
    upstream: z.strictObject({
      /** The API server and the proxy's own identity there: its current context. Read anew when it changes. */
      kubeconfig: z.string().min(1),
    }),
    /** Processes that share the listener; 1 is this one alone. */
    workers: z.int().min(1).max(64).default(1),
    issuers: issuersSchema,
    /** Whether tokens that the cluster itself issued for ServiceAccounts are accepted (TokenReview). */
    passThrough: z.enum(['off', 'serviceAccounts']).default('off'),
    /** Whether a client may act as somebody else (`kubectl --as`) if the API server lets its user impersonate. */
    impersonation: z.enum(['off', 'authorized']).default('off'),
    /** The file of revoked tokens; read anew when it changes. Without it none is. */
    revocations: z.strictObject({ file: z.string().min(1) }).optional(),
    /** OpenTelemetry traces, exported by OTLP over HTTP; off without it. */
    tracing: tracing.optional(),
    cors: z.strictObject({ allowedOrigins: z.array(origin).default([]) }).prefault({}),
    /** How long a decision of the API server is remembered. */
    decisions: z.strictObject({ allowedSeconds: seconds(5), deniedSeconds: seconds(1) }).prefault({}),
    limits: z
      .strictObject({
        /** All header lines together; more is 431. */
        headerBytes: z.int().min(8192).max(1_048_576).default(65_536),
        headers: z.int().min(16).max(2000).default(100),
        /** More is 413. The API server's own limit for objects is 3 MiB. */
        bodyBytes: z
          .int()
          .min(1)
          .default(16 * 1024 * 1024),
        /** Requests at one time, streams included, of all workers; more is 429. */
        inFlight: z.int().min(1).default(4000),
        connections: z.int().min(1).default(10_000),
      })
      .prefault({}),
    timeouts: z
      .strictObject({
        /** For a client to send its headers, and then its whole request. */
        headersSeconds: seconds(10),
        requestSeconds: seconds(300),
        connectSeconds: seconds(10),
        /** For the API server to begin its answer; streams are exempt. Its own limit is 60 s. */
        responseSeconds: seconds(65),
        /**
         * How long a process that was asked to end still takes requests, not ready and with `Connection: close` in
         * every answer: until a load balancer sends it none.
         */
        lameDuckSeconds: seconds(0),
        /** How long requests and streams may go on after that. */
        drainSeconds: seconds(5),
      })
      .prefault({}),
  })
  .refine(({ workers, limits }) => workers <= Math.min(limits.inFlight, limits.connections), {
    path: ['workers'],
    message: 'must not be more than limits.inFlight and limits.connections, which they share',
  })
  .refine(
    ({ timeouts: { headersSeconds, requestSeconds } }) =>
      requestSeconds === 0 || headersSeconds <= requestSeconds,
    {
      path: ['timeouts', 'headersSeconds'],
      message: 'must not be more than timeouts.requestSeconds, which is for the whole request',
    },
  )

/** What is fixed once there is a listener: everything else can be changed while the proxy serves. */
export const RESTART_KEYS = ['listen', 'operations', 'workers', 'tracing', 'limits.headerBytes'] as const

export type ProxyConfig = z.output<typeof configSchema>
/** The configuration as it is written in a file, defaults left out. */
export type ProxyConfigInput = z.input<typeof configSchema>
