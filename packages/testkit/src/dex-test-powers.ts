import { readFile } from 'node:fs/promises'
import {
  type Operation,
  type OperationAnswer,
  type OperationBody,
  type OperationName,
  type OperationParams,
  operations,
} from '@gatehouse/dex-test-powers'
import { Agent, fetch } from 'undici'
import { TestkitError } from './errors.ts'

/** Where the test powers of a mock Dex are. */
export interface DexTestPowersOptions {
  /** `https://127.0.0.1:5557`; a running stack's status shows it. */
  readonly url: string
  /** The file (0600) that holds the bearer secret. */
  readonly secretFile: string
  /** The authority (PEM) that signed dex's certificate; not for http. */
  readonly certificateAuthority?: string
  /** Ends every operation that is under way. */
  readonly signal?: AbortSignal
}

type ArgumentsOf<Name extends OperationName> = [
  ...(OperationParams<Name> extends undefined ? [] : [params: OperationParams<Name>]),
  ...(OperationBody<Name> extends undefined ? [] : [body: OperationBody<Name>]),
]

/**
 * One method per operation: first the path's parameters, then the body, as far as it has them.
 *
 * @throws TestkitError from every method
 */
export type DexTestPowers = AsyncDisposable & {
  readonly [Name in OperationName]: (...given: ArgumentsOf<Name>) => Promise<OperationAnswer<Name>>
}

/**
 * The test powers of the mock Dex: users and groups, any token, the clock, the keys, faults, the journal.
 *
 * @throws TestkitError `ERR_SECRET`
 */
export async function connectDexTestPowers(options: DexTestPowersOptions): Promise<DexTestPowers> {
  const secret = await readSecret(options.secretFile)
  const { certificateAuthority: ca } = options
  const dispatcher = new Agent({ connect: ca === undefined ? {} : { ca } })

  const call = async (operation: Operation, given: readonly unknown[]): Promise<unknown> => {
    const { method, answer } = operation
    const rest = [...given]
    const path = operation.params ? fill(operation.path, rest.shift()) : operation.path
    const body = operation.body ? rest.shift() : method === 'POST' ? {} : undefined
    const response = await fetch(new URL(path, options.url), {
      method,
      dispatcher,
      signal: options.signal ?? null,
      redirect: 'error',
      headers: {
        authorization: `Bearer ${secret}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: body === undefined ? null : JSON.stringify(body),
    }).catch((cause: unknown) => {
      options.signal?.throwIfAborted()
      const why = ((cause as Error).cause as Error | undefined)?.message ?? (cause as Error).message
      throw new TestkitError('ERR_UNREACHABLE', `${method} ${options.url}${path} failed: ${why}`, { cause })
    })
    if (!response.ok) throw await refused(`${method} ${path}`, response)
    const text = await response.text()
    return answer?.parse(JSON.parse(text))
  }

  const methods = Object.entries<Operation>(operations).map(([name, operation]) => [
    name,
    (...given: unknown[]) => call(operation, given),
  ])
  return Object.assign(
    // Each method is made of the operation that its type is made of.
    Object.fromEntries(methods) as Omit<DexTestPowers, typeof Symbol.asyncDispose>,
    { [Symbol.asyncDispose]: () => dispatcher.close() },
  )
}

async function readSecret(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim()
  } catch (cause) {
    const { message } = cause as Error
    throw new TestkitError('ERR_SECRET', `the secret of dex's test powers can't be read: ${message}`, {
      cause,
    })
  }
}

function fill(path: string, params: unknown): string {
  const values = params as Readonly<Record<string, string>>
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(values[name] ?? ''))
}

interface ReadableResponse {
  readonly status: number
  readonly text: () => Promise<string>
}

async function refused(what: string, response: ReadableResponse): Promise<TestkitError> {
  const { status } = response
  const text = await response.text()
  const { detail = text, problems = [] } = parse(text)
  const lines = [
    `${what} was refused with ${status}: ${detail}`,
    ...problems.map(({ path, message }) => `  ${path}: ${message}`),
  ]
  return new TestkitError('ERR_REFUSED', lines.join('\n'), { status })
}

function parse(text: string): { detail?: string; problems?: { path: string; message: string }[] } {
  try {
    return JSON.parse(text) as { detail?: string }
  } catch {
    return {}
  }
}
