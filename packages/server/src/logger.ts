import { type DestinationStream, type Level, type Logger, pino, stdSerializers, stdTimeFunctions } from 'pino'
import { redactFields, redactText } from './redact.ts'

export type { Logger } from 'pino'

export interface LoggerOptions {
  /** The service; stands in every line as `service`. */
  readonly name: string
  /** Lines below it are dropped (default 'info'). */
  readonly level?: Level | 'silent'
  /** Where the lines go (default stdout). */
  readonly destination?: DestinationStream
}

/**
 * A logger that writes one JSON object a line, with the time in ISO 8601 and the level as a word. Fields
 * with secret names (authorization, cookie, token, password, client_secret…) are redacted at any depth,
 * and so is whatever looks like a token anywhere in the line. What a client sends can't forge a line or
 * control a terminal: control characters are escaped.
 */
export function createLogger({ name, level = 'info', destination }: LoggerOptions): Logger {
  const options = {
    level,
    base: { service: name },
    timestamp: stdTimeFunctions.isoTime,
    formatters: {
      level: (label: string) => ({ level: label }),
      log: redactObject,
    },
    serializers: {
      err: (error: Error) => redactFields(stdSerializers.err(error)),
      error: (error: Error) => redactFields(stdSerializers.err(error)),
    },
    hooks: { streamWrite: (line: string) => escapeControls(redactText(line)) },
  }
  return redactChildren(destination ? pino(options, destination) : pino(options))
}

/** pino calls `formatters.bindings` for the root logger only. Children inherit `child` itself. */
function redactChildren(logger: Logger): Logger {
  const child: unknown = Reflect.get(logger, 'child')
  const value = function (this: Logger, bindings: Record<string, unknown>, ...options: unknown[]): unknown {
    return Reflect.apply(child as Logger['child'], this, [redactObject(bindings), ...options])
  }
  return Object.defineProperty(logger, 'child', { value })
}

function redactObject(fields: Record<string, unknown>): Record<string, unknown> {
  return redactFields(fields) as Record<string, unknown>
}

/** DEL, the C1 controls and Unicode's line separators, which JSON leaves as they are. */
// oxlint-disable-next-line no-control-regex -- they are what this is about
const UNESCAPED_CONTROLS = /[\u007f-\u009f\u2028\u2029]/g

function escapeControls(line: string): string {
  return line.replace(UNESCAPED_CONTROLS, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}
