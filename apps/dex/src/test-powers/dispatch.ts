import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { openApiDocument, type Operation, type OperationName, operations } from '@gatehouse/dex-test-powers'
import type { Logger } from '@gatehouse/server'
import type { OperationHandlers } from './answer-operations.ts'
import { refusal } from './guard.ts'
import { matchOperation } from './match-operation.ts'
import { problemDocument, ProblemError } from './problem.ts'
import { checkBody, readJsonBody } from './request-body.ts'

export interface TestPowersDispatchOptions {
  readonly secret: string
  readonly handlers: OperationHandlers
  readonly logger: Logger
}

/** The request listener of the test powers. Their names are logged, never what they were given. */
export function createTestPowersDispatch({
  secret,
  handlers,
  logger,
}: TestPowersDispatchOptions): RequestListener {
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    response.setHeader('Cache-Control', 'no-store')
    response.setHeader('X-Content-Type-Options', 'nosniff')
    response.setHeader('Cross-Origin-Resource-Policy', 'same-origin')
    const { method = '', headers, socket } = request
    const refused = refusal({ method, headers, localPort: socket.localPort }, secret)
    if (refused) throw refused
    const path = (request.url ?? '').split('?')[0]!
    if (path === '/openapi.json' && method === 'GET') return sendJson(response, 200, openApiDocument())
    const { name, params } = matchOperation(method, path)
    const operation: Operation = operations[name]
    const body = operation.body ? checkBody(operation.body, await readJsonBody(request)) : undefined
    const result = await run(name, operation.params?.parse(params), body)
    logger.info({ operation: name }, 'test power used')
    if (operation.answer) return sendJson(response, operation.status ?? 200, result)
    response.writeHead(204).end()
    return undefined
  }

  const run = async (name: OperationName, params: unknown, body: unknown): Promise<unknown> => {
    // The operation's own schemas have just said that both are what this handler takes.
    const handler = handlers[name] as (params: unknown, body: unknown) => unknown
    return handler(params, body)
  }

  const fail = (response: ServerResponse, error: unknown) => {
    if (response.headersSent) return void response.destroy()
    if (error instanceof ProblemError) {
      logger.warn({ status: error.status, reason: error.message }, 'test power refused')
      return sendProblem(response, error)
    }
    logger.error({ err: error }, 'a test power failed')
    return sendProblem(response, new ProblemError(500, 'It failed; the log says why.'))
  }

  return (request, response) => {
    answer(request, response).catch((error: unknown) => fail(response, error))
  }
}

function sendProblem(response: ServerResponse, error: ProblemError): void {
  if (error.status === 401) response.setHeader('WWW-Authenticate', 'Bearer')
  // What is left of a body that was refused is not read.
  response.setHeader('Connection', 'close')
  sendJson(response, error.status, problemDocument(error), 'application/problem+json')
}

function sendJson(response: ServerResponse, status: number, value: unknown, type = 'application/json'): void {
  const text = JSON.stringify(value)
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(text) }).end(text)
}
