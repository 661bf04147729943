import { CLUSTER_ID } from './target.ts'
import { OPTIONS } from './read-options.ts'

type JsonObject = Record<string, unknown>

/** Every answer that an operation may give, by code. The tests hold the service to it. */
const ANSWERS = {
  200: 'The kubeconfig; valid until the time that stands in it',
  400: 'A token in the URL, two Authorization headers, or an option that is unknown, repeated or not possible here',
  401: 'No token, or a bad one; `details.causes[0].reason` and WWW-Authenticate say why',
  403: 'The roles in the project do not give this file; the message says which would',
  404: 'No such cluster, or none in a project in which the caller has a role',
  405: 'Another method than GET, HEAD and OPTIONS',
  429: 'Too many files, credentials or refused tokens',
  500: 'A fault of the service',
  503: 'The issuer or the cluster can not be asked at the moment',
} as const
type Code = keyof typeof ANSWERS

const OF_KUBE_CONFIG: readonly Code[] = [200, 400, 401, 405, 429, 500, 503]
const OF_CLUSTERS: readonly Code[] = [200, 400, 401, 403, 404, 405, 429, 500, 503]

const RETRY_AFTER = header('Seconds after which it works again', 'integer')
const OF_EVERY_ANSWER = { 'Audit-Id': header('Of the request, as in the log') }
/** The headers of an answer, beside those of every answer. */
const HEADERS: Partial<Record<Code, JsonObject>> = {
  200: {
    'Cache-Control': header('Always `no-store`'),
    'Content-Disposition': header('The name to save the file under'),
    Warning: header('Why a cluster counts as one without OIDC (RFC 9111, 299)'),
  },
  401: { 'WWW-Authenticate': header('RFC 6750') },
  405: { Allow: header('The methods that work') },
  429: { 'Retry-After': RETRY_AFTER },
  503: { 'Retry-After': RETRY_AFTER },
}

/** The OpenAPI 3.1 document of the service. Pure. */
export function openApiDocument(): JsonObject {
  return {
    openapi: '3.1.1',
    info: {
      title: 'Kubeconfig generator',
      version: '1',
      description: 'Gives a signed-in user kubeconfigs: their own, and those of each cluster.',
    },
    security: [{ idToken: [] }],
    paths: {
      '/kube-config': path('KubeConfig', "The caller's kubeconfig, for the cluster behind the proxy", {
        codes: OF_KUBE_CONFIG,
        parameters: [NAMESPACE, FORMAT, PLUGIN],
      }),
      '/v1/spectroclusters/{clusterId}/assets/kubeconfig': path(
        'ClusterKubeconfig',
        'The kubeconfig of a cluster: with OIDC for every role in the project, without for administrators',
        { codes: OF_CLUSTERS, parameters: [CLUSTER, NAMESPACE, FORMAT, PLUGIN] },
      ),
      '/v1/spectroclusters/{clusterId}/assets/adminkubeconfig': path(
        'ClusterAdminKubeconfig',
        "The admin kubeconfig of a cluster: the API server's own address and a credential of this download",
        { codes: OF_CLUSTERS, parameters: [CLUSTER, NAMESPACE] },
      ),
    },
    components: {
      securitySchemes: {
        idToken: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'An ID token of a configured issuer for a configured audience.',
        },
      },
      schemas: { Status: STATUS },
    },
  }
}

const CLUSTER = {
  name: 'clusterId',
  in: 'path',
  required: true,
  schema: { type: 'string', pattern: CLUSTER_ID.source },
}
const NAMESPACE = query('namespace', 'The default namespace of the context', {
  type: 'string',
  pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$',
  maxLength: 63,
})
const FORMAT = query(
  'format',
  'The token of the request (the default), or a plugin that logs in and renews by itself',
  { type: 'string', enum: OPTIONS.format },
)
const PLUGIN = query('plugin', 'The plugin of the format `exec`, which it implies', {
  type: 'string',
  enum: OPTIONS.plugin,
})

const STATUS = {
  type: 'object',
  description: 'metav1.Status, as Kubernetes clients understand it',
  required: ['kind', 'apiVersion', 'status', 'code', 'reason', 'message'],
  properties: {
    kind: { const: 'Status' },
    apiVersion: { const: 'v1' },
    status: { const: 'Failure' },
    code: { type: 'integer' },
    reason: { type: 'string' },
    message: { type: 'string' },
    details: {
      type: 'object',
      properties: {
        retryAfterSeconds: { type: 'integer' },
        causes: {
          type: 'array',
          items: {
            type: 'object',
            properties: { reason: { type: 'string' }, message: { type: 'string' } },
          },
        },
      },
    },
  },
}

interface Operation {
  readonly codes: readonly Code[]
  readonly parameters: readonly JsonObject[]
}

function path(id: string, summary: string, { codes, parameters }: Operation): JsonObject {
  const responses = (withBody: boolean) =>
    Object.fromEntries(codes.map((code) => [code, response(code, withBody)]))
  return {
    parameters,
    get: { operationId: `get${id}`, summary, responses: responses(true) },
    head: {
      operationId: `head${id}`,
      summary: `What GET would answer; nothing is issued`,
      responses: responses(false),
    },
    options: {
      operationId: `options${id}`,
      summary: 'The methods that work, and for the configured origins the CORS headers',
      security: [],
      responses: {
        204: {
          description: 'Always',
          headers: { ...OF_EVERY_ANSWER, Allow: header('The methods that work') },
        },
      },
    },
  }
}

function response(code: Code, withBody: boolean): JsonObject {
  const content =
    code === 200
      ? { 'application/yaml': { schema: { type: 'string' } } }
      : { 'application/json': { schema: { $ref: '#/components/schemas/Status' } } }
  return {
    description: ANSWERS[code],
    headers: { ...OF_EVERY_ANSWER, ...HEADERS[code] },
    ...(withBody ? { content } : {}),
  }
}

function header(description: string, type = 'string'): JsonObject {
  return { description, schema: { type } }
}

function query(name: string, description: string, schema: JsonObject): JsonObject {
  return { name, in: 'query', description, schema }
}
