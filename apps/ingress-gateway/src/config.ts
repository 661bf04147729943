import { isLoopbackHost, listenSchema, tlsSchema } from '@gatehouse/server'
import { z } from 'zod'
import { parseHost } from './host.ts'

/** A name that a certificate can carry: no wildcard, since HTTP/2 connections would be reused across hosts. */
const hostNameSchema = z
  .string()
  .transform((name) => name.toLowerCase())
  .refine((name) => !name.includes('*'), 'a host is one exact name; wildcards are not supported')
  .refine((name) => parseHost(name) === name, 'not a host name (letters, digits, dots and hyphens, no port)')

const upstreamSchema = z
  .strictObject({
    /** The name of the service, as error pages and logs call it. */
    service: z.string().min(1),
    url: z.url({ protocol: /^https?$/ }).refine((url) => {
      const { pathname, search, hash, username, password } = new URL(url)
      return pathname === '/' && !search && !hash && !username && !password
    }, 'only scheme, host and port; the path of a request is passed on as it is'),
    /** The name that the upstream's certificate must carry, also sent as SNI (default: the URL's host). */
    serverName: z.string().min(1).optional(),
    /** PEM file with the CAs that may have signed the upstream's certificate (default: the system's). */
    certificateAuthorityFile: z.string().min(1).optional(),
    /** A command that shows what the service says, for the 502 page. */
    inspect: z.string().min(1).optional(),
  })
  .superRefine((upstream, context) => {
    if (!URL.canParse(upstream.url)) return
    const { protocol, hostname } = new URL(upstream.url)
    if (protocol === 'https:') return
    if (!isLoopbackHost(hostname)) {
      context.addIssue({ code: 'custom', path: ['url'], message: 'http is for loopback only; use https' })
    }
    for (const option of ['serverName', 'certificateAuthorityFile'] as const) {
      if (upstream[option] === undefined) continue
      context.addIssue({ code: 'custom', path: [option], message: 'has no meaning for an http upstream' })
    }
  })

const endpointSchema = z.strictObject({
  host: z.string().min(1).default('127.0.0.1'),
  port: z.number().int().min(1).max(65_535),
})

const passthroughSchema = z
  .strictObject({
    service: z.string().min(1),
    /** The one server… */
    host: endpointSchema.shape.host.unwrap().optional(),
    port: endpointSchema.shape.port.optional(),
    /** …or several that do the same: each connection goes to one that is up. */
    endpoints: z.array(endpointSchema).min(1).optional(),
    /** How several are asked whether they are up: by a TLS handshake, and a GET of `path` if there is one. */
    healthCheck: z
      .strictObject({
        intervalSeconds: z.number().positive().max(3600).default(2),
        timeoutSeconds: z.number().positive().max(60).default(2),
        /** Such as /readyz: what answers 200 to it is up. */
        path: z
          .string()
          .regex(/^\/[\x21-\x7e]*$/, 'a path, such as /readyz')
          .optional(),
      })
      .prefault({}),
    inspect: z.string().min(1).optional(),
  })
  .transform(({ host, port, endpoints, ...others }, context) => {
    const hasOne = host !== undefined || port !== undefined
    if (hasOne === (endpoints !== undefined) || (hasOne && port === undefined)) {
      context.addIssue({
        code: 'custom',
        path: ['port'],
        message: 'needs either a port (and host) or endpoints',
      })
      return z.NEVER
    }
    return { ...others, endpoints: endpoints ?? [endpointSchema.parse({ host, port })] }
  })

/** A policy that says from where scripts may come, and lets none be written into a page. */
const contentSecurityPolicySchema = z
  .string()
  .regex(/^[\x20-\x7e]+$/, 'only visible ASCII and spaces, on one line')
  .superRefine((policy, context) => {
    const directives = policy.split(';').map((directive) => directive.trim().toLowerCase().split(/\s+/))
    const problem = (message: string) => context.addIssue({ code: 'custom', message })
    const forScripts = directives.filter(([name]) =>
      /^(?:default-src|script-src(?:-elem|-attr)?)$/.test(name!),
    )
    if (!forScripts.some(([name]) => name === 'default-src' || name === 'script-src')) {
      problem('needs default-src or script-src: otherwise scripts may come from anywhere')
    }
    // Where there is a script-src, default-src does not count for scripts.
    const hasScriptSrc = forScripts.some(([name]) => name === 'script-src')
    for (const [name, ...sources] of forScripts) {
      if (hasScriptSrc && name === 'default-src') continue
      const unsafe = sources.find((source) => /^'unsafe-(?:inline|eval)'$/.test(source))
      if (unsafe) problem(`${name} may not have ${unsafe}: use files, or hashes of the scripts`)
    }
  })

const hostSchema = z
  .strictObject({
    host: hostNameSchema,
    tls: tlsSchema.optional(),
    upstream: upstreamSchema.optional(),
    /** TLS is not touched: the bytes go to this address, client certificates and all. */
    passthrough: passthroughSchema.optional(),
    /** Whether WebSocket upgrades are forwarded. */
    websocket: z.boolean().default(false),
    /** For answers of the upstream that bring none (default: only what any page can live with). */
    contentSecurityPolicy: contentSecurityPolicySchema.optional(),
  })
  .superRefine((entry, context) => {
    const problem = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message })
    if (!entry.upstream === !entry.passthrough) problem('host', 'needs either upstream or passthrough')
    if (entry.passthrough && entry.tls) problem('tls', 'a passthrough host has its certificate elsewhere')
    if (!entry.passthrough && !entry.tls) problem('tls', 'is needed: this host ends TLS here')
    for (const option of ['websocket', 'contentSecurityPolicy'] as const) {
      if (entry[option] && !entry.upstream) problem(option, 'is only for hosts with an upstream')
    }
  })

const seconds = (value: number) => z.number().positive().max(86_400).default(value)

const limitsSchema = z.strictObject({
  /** Connections at once, per listener; more are closed at once. */
  connections: z.number().int().positive().default(2048),
  clientHelloBytes: z.number().int().min(512).max(65_535).default(16_384),
  clientHelloSeconds: seconds(5),
  handshakeSeconds: seconds(10),
  /** Request line and headers together. */
  headerBytes: z.number().int().min(1024).max(262_144).default(32_768),
  headersSeconds: seconds(10),
  /** For a whole request with its body to arrive. */
  requestSeconds: seconds(60),
  /** Of one request; a larger one gets 413. */
  bodyBytes: z.number().int().positive().default(8_388_608),
  idleSeconds: seconds(75),
  /** How long a client may leave an answer unread. */
  unreadSeconds: seconds(60),
  /** Until an upstream accepts a connection. */
  connectSeconds: seconds(5),
  /** Until an upstream begins to answer; answers themselves may take as long as they like. */
  responseSeconds: seconds(60),
  /** What requests and streams get to finish in when the gateway ends. */
  drainSeconds: z.number().min(0).max(3600).default(10),
})

/** The configuration file of the gateway. */
export const configSchema = z
  .strictObject({
    listen: listenSchema,
    /** Plain HTTP that answers 308 to https; none when absent. */
    redirect: listenSchema.optional(),
    /** The https port that redirects name, where it is not the one listened on (port mappings). */
    publicPort: z.number().int().min(1).max(65_535).optional(),
    operations: listenSchema,
    hosts: z.array(hostSchema).min(1),
    /** Whose certificate is shown to clients that ask for no known name (default: the first with one). */
    defaultHost: hostNameSchema.optional(),
    /** Strict-Transport-Security for hosts that are not this machine's own; off when absent. */
    strictTransportSecurity: z.strictObject({ maxAgeSeconds: z.number().int().positive() }).optional(),
    limits: limitsSchema.prefault({}),
  })
  .superRefine((config, context) => {
    const seen = new Set<string>()
    for (const [index, { host }] of config.hosts.entries()) {
      if (seen.has(host)) {
        context.addIssue({
          code: 'custom',
          path: ['hosts', index, 'host'],
          message: `${host} is there twice`,
        })
      }
      seen.add(host)
    }
    const terminated = config.hosts.filter((entry) => entry.tls)
    if (terminated.length === 0) {
      context.addIssue({ code: 'custom', path: ['hosts'], message: 'at least one host must end TLS here' })
    }
    if (config.defaultHost && !terminated.some((entry) => entry.host === config.defaultHost)) {
      context.addIssue({
        code: 'custom',
        path: ['defaultHost'],
        message: `${config.defaultHost} is not a host that ends TLS here`,
      })
    }
  })

/** What listeners were made with; they can't be changed under their connections. */
export const RESTART_KEYS = ['listen', 'redirect', 'publicPort', 'operations', 'limits'] as const

export type GatewayConfig = z.output<typeof configSchema>
export type GatewayConfigInput = z.input<typeof configSchema>
export type HostConfig = GatewayConfig['hosts'][number]
export type UpstreamConfig = NonNullable<HostConfig['upstream']>
export type PassthroughConfig = NonNullable<HostConfig['passthrough']>
export type Limits = GatewayConfig['limits']
