import cluster from 'node:cluster'
import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { ConfigurationError } from './errors.ts'
import { createLogger, type Logger } from './logger.ts'
import { redactText } from './redact.ts'
import { waitForFile } from './wait-for-file.ts'
import { END_WORKER } from './worker.ts'

export interface ServiceContext {
  /** The path given with `--config`. */
  readonly configFile: string
  readonly logger: Logger
  /** Aborts when the process is asked to end, also during the start. */
  readonly signal: AbortSignal
}

/** A service that was started. */
export interface RunningService {
  /** Where it listens, by the name of the listener, with real ports. */
  readonly urls: Record<string, string>
  /** Stops accepting, lets what is in flight finish, frees everything. */
  readonly drain: () => Promise<void>
}

export type StartService = (context: ServiceContext) => Promise<RunningService>

const EXIT_FAILURE = 1
const EXIT_BAD_CONFIGURATION = 2

function usage(name: string): string {
  return `Usage: ${name} --config FILE

Options:
  --config FILE  the YAML or JSON file with every setting of the service
  --wait         wait for that file, if it is not there yet: something else is going to write it
  --help         show this text

Exit codes:
  0  the service was asked to end (SIGTERM, SIGINT, its parent went away) and has drained
  1  the service failed, or was asked twice to end
  2  the command line or the configuration is wrong; nothing was started
`
}

/**
 * The whole life of a service's process, for its main.ts: reads the command line, starts, waits until
 * SIGTERM, SIGINT or the end of the parent's IPC channel, drains, exits. Never returns.
 */
export async function runService(name: string, start: StartService): Promise<never> {
  const { configFile, wait } = readCommandLine(name)
  const logger = createLogger({ name })
  exitOnUnexpected(logger)
  const asked = askedToEnd(logger)
  if (wait && !(await waitForFile(configFile, { logger, signal: asked }))) {
    logger.info({ reason: reasonOf(asked) }, 'ended while it waited for its configuration')
    return process.exit(0)
  }
  const service = await startOrExit(name, () => start({ configFile, logger, signal: asked }), {
    logger,
    asked,
  })
  logger.info({ urls: service.urls }, 'started')
  if (!asked.aborted) await once(asked, 'abort')
  logger.info({ reason: reasonOf(asked) }, 'draining')
  try {
    await service.drain()
  } catch (error) {
    logger.fatal({ err: error }, `${name} could not drain`)
    process.exit(EXIT_FAILURE)
  }
  logger.info('ended')
  return process.exit(0)
}

async function startOrExit(
  name: string,
  start: () => Promise<RunningService>,
  { logger, asked }: { logger: Logger; asked: AbortSignal },
): Promise<RunningService> {
  try {
    return await start()
  } catch (error) {
    if (error instanceof ConfigurationError) {
      process.stderr.write(`${redactText(error.message)}\n`)
      return process.exit(EXIT_BAD_CONFIGURATION)
    }
    // A start that was interrupted has not failed.
    if (asked.aborted) {
      logger.info({ reason: reasonOf(asked) }, 'ended during the start')
      return process.exit(0)
    }
    logger.fatal({ err: error }, `${name} could not start`)
    return process.exit(EXIT_FAILURE)
  }
}

function reasonOf(asked: AbortSignal): string {
  return (asked.reason as Error).message
}

interface CommandLine {
  readonly configFile: string
  readonly wait: boolean
}

/** What the service is to do; every command line that does not say it ends the process. */
function readCommandLine(name: string): CommandLine {
  const parsed = parseCommandLine()
  if ('configFile' in parsed) return parsed
  if ('help' in parsed) {
    process.stdout.write(usage(name))
    return process.exit(0)
  }
  process.stderr.write(`${name}: ${parsed.problem}\n\n${usage(name)}`)
  return process.exit(EXIT_BAD_CONFIGURATION)
}

function parseCommandLine(): CommandLine | { help: true } | { problem: string } {
  try {
    const { values } = parseArgs({
      options: {
        config: { type: 'string' },
        wait: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h' },
      },
    })
    if (values.help) return { help: true }
    return values.config
      ? { configFile: values.config, wait: values.wait }
      : { problem: 'the option --config FILE is missing' }
  } catch (error) {
    return { problem: (error as Error).message }
  }
}

/** Aborts with the reason at the first request to end; the second one ends the process at once. */
function askedToEnd(logger: Logger): AbortSignal {
  const controller = new AbortController()
  const ask = (reason: string) => {
    if (controller.signal.aborted) {
      logger.warn({ reason }, 'asked again to end; not waiting any longer')
      process.exit(EXIT_FAILURE)
    }
    controller.abort(new Error(reason))
  }
  if (cluster.isWorker) {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined)
    process.on('message', (message) => {
      if (message === END_WORKER) controller.abort(new Error('the primary asked'))
    })
  } else {
    process.on('SIGTERM', ask)
    process.on('SIGINT', ask)
  }
  // Whoever spawned this process with an IPC channel is gone: nobody would end it later.
  if (process.channel)
    process.once('disconnect', () => controller.abort(new Error('the parent process went away')))
  return controller.signal
}

/** Node would print these as they are, tokens included. */
function exitOnUnexpected(logger: Logger): void {
  const exit = (error: unknown) => {
    logger.fatal({ err: error }, 'unexpected error')
    process.exit(EXIT_FAILURE)
  }
  process.on('uncaughtException', exit)
  process.on('unhandledRejection', exit)
}
