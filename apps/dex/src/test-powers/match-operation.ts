import { type Operation, type OperationName, operations } from '@gatehouse/dex-test-powers'
import { matchSegments } from '../http/routes.ts'
import { ProblemError } from './problem.ts'

const compiled = Object.entries<Operation>(operations).map(([name, { method, path }]) => ({
  name: name as OperationName,
  method,
  segments: path.split('/'),
}))

/**
 * The operation that a request means, with its path's parameters, decoded. Pure.
 *
 * @throws ProblemError 404 or 405
 */
export function matchOperation(method: string, path: string): { name: OperationName; params: object } {
  const asked = path.split('/')
  const found = compiled.flatMap((operation) => {
    if (operation.segments.length !== asked.length) return []
    const params = matchSegments(operation.segments, asked)
    return params ? [{ ...operation, params }] : []
  })
  const match = found.find((operation) => operation.method === method)
  if (match) return match
  if (found.length === 0) throw new ProblemError(404, 'There is no such path; /openapi.json lists them.')
  throw new ProblemError(405, `The methods of this path: ${found.map((each) => each.method).join(', ')}.`)
}
