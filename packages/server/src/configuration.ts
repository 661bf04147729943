import { readFile } from 'node:fs/promises'
import { LineCounter, parseDocument } from 'yaml'
import { z } from 'zod'
import { ConfigurationError, type ConfigurationProblem } from './errors.ts'
import { problemsOf } from './problems.ts'
import { unknownKeys } from './unknown-keys.ts'

/** Where a service listens. Loopback unless told otherwise; port 0 takes any free one. */
export const listenSchema = z.strictObject({
  host: z.string().min(1).default('127.0.0.1'),
  port: z.int().min(0).max(65_535),
})
export type ListenSettings = z.output<typeof listenSchema>

/** The PEM files of a server certificate (chain allowed) and its private key. */
export const tlsSchema = z.strictObject({
  certificateFile: z.string().min(1),
  keyFile: z.string().min(1),
})
export type TlsSettings = z.output<typeof tlsSchema>

/**
 * Reads a YAML or JSON file and returns what `schema` makes of it, frozen in depth. An empty file counts
 * as an empty mapping, so that every missing setting is named.
 *
 * Unknown keys are problems in every `z.object` (use `z.looseObject` or `z.record` where any key may stand).
 *
 * @throws ConfigurationError with all problems at once; values of the file are never part of it
 */
export async function loadConfiguration<S extends z.ZodType>(file: string, schema: S): Promise<z.output<S>> {
  const { value, placeOf } = parse(file, await read(file))
  const parsed = await schema.safeParseAsync(value, { reportInput: true })
  const problems = [
    ...(parsed.success ? [] : parsed.error.issues.flatMap(problemsOf)),
    ...unknownKeys(schema, value),
  ].map(({ path, message }) => ({
    path: pointer(path),
    message: `${message}${placeOf(path)}`,
  }))
  if (!parsed.success || problems.length > 0) throw new ConfigurationError(file, unique(problems))
  return deepFreeze(parsed.data)
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    const sentences: Record<string, string> = {
      ENOENT: `there is no such file (${file}); give the path of a configuration file`,
      EACCES: `the file may not be read by this user (${file}); check its owner and mode`,
      EISDIR: `this is a directory (${file}); give the path of a configuration file`,
    }
    throw new ConfigurationError(file, [{ path: '', message: sentences[code ?? ''] ?? message }], { cause })
  }
}

function parse(file: string, text: string) {
  const lines = new LineCounter()
  // Pretty errors quote the text around them, which may be a secret.
  const document = parseDocument(text, { prettyErrors: false, lineCounter: lines })
  const problems = [...document.errors, ...document.warnings].map((error) => {
    const { line, col } = lines.linePos(error.pos[0])
    return { path: '', message: `line ${line}, column ${col}: ${error.message}` }
  })
  if (problems.length > 0) throw new ConfigurationError(file, problems)
  let value: unknown
  try {
    value = document.toJS()
  } catch (cause) {
    // Too many aliases ("billion laughs") or an alias without an anchor.
    throw new ConfigurationError(file, [{ path: '', message: (cause as Error).message }], { cause })
  }
  const placeOf = (path: readonly PropertyKey[]): string => {
    const node: unknown = path.length > 0 ? document.getIn(path, true) : undefined
    const range = (node as { range?: readonly [number, number, number] | null } | undefined)?.range
    if (!range) return ''
    const { line, col } = lines.linePos(range[0])
    return ` (line ${line}, column ${col})`
  }
  return { value: value ?? {}, placeOf }
}

/** RFC 6901. */
function pointer(path: readonly PropertyKey[]): string {
  return path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

function unique(problems: readonly ConfigurationProblem[]): ConfigurationProblem[] {
  return [...new Map(problems.map((problem) => [`${problem.path} ${problem.message}`, problem])).values()]
}

/** Freezes plain objects and arrays; instances of classes keep their own ways. */
function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== null && prototype !== Object.prototype && !Array.isArray(value)) return value
  Object.freeze(value)
  for (const member of Object.values(value)) deepFreeze(member)
  return value
}
