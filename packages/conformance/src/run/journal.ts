import { type FileHandle, mkdir, open, readFile, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { z } from 'zod'
import { ConformanceError } from '../errors.ts'
import type { PathAnswer } from '../paths/path.ts'
import { RESULTS } from '../result.ts'

/** What a run must know again when it goes on after it was killed. */
const headSchema = z.object({
  version: z.literal(1),
  /** Of the spec, the cluster and the ways in: another run has another key. */
  key: z.string(),
  runName: z.string(),
  startedAt: z.iso.datetime(),
  auditLog: z.object({ inode: z.number(), bytes: z.number() }).nullable(),
})
export type JournalHead = z.output<typeof headSchema>

const entrySchema = z.object({
  cell: z.string(),
  answer: z.object({
    result: z.enum(RESULTS),
    evidence: z.object({
      request: z.string(),
      status: z.int().nullable(),
      reason: z.string(),
      message: z.string(),
      auditId: z.string(),
      durationMs: z.number(),
    }),
    attempts: z.int(),
  }),
})

export type RecordedAnswer = Pick<PathAnswer, 'result' | 'evidence'> & { readonly attempts: number }

/** The answers of a run so far, in a file that outlives the process. */
export interface Journal extends AsyncDisposable {
  readonly head: JournalHead
  /** Whether an earlier process began this run. */
  readonly isResumed: boolean
  /** By the cell's key. */
  readonly answers: ReadonlyMap<string, RecordedAnswer>
  readonly add: (cell: string, answer: RecordedAnswer) => void
  /** Forgets the run, which came to its end. */
  readonly remove: () => Promise<void>
}

/**
 * Opens the journal `file`: goes on with the run in it if that has the same key. A line that was not written to
 * its end is left out. `onAbandoned` gets the head of another run that never came to its end.
 *
 * @throws ConformanceError `ERR_STATE`
 */
export async function openJournal(
  file: string,
  fresh: JournalHead,
  onAbandoned: (head: JournalHead) => Promise<void>,
): Promise<Journal> {
  const found = await read(file)
  const isResumed = found?.head.key === fresh.key
  if (found && !isResumed) await onAbandoned(found.head)
  const head = isResumed ? found.head : fresh
  const answers = isResumed ? found.answers : new Map<string, RecordedAnswer>()
  const handle = await start(file, head, answers)
  const stream = handle.createWriteStream()
  let failure: Error | undefined
  stream.on('error', (error) => (failure = error))
  return {
    head,
    isResumed,
    answers,
    add(cell, answer) {
      if (failure)
        throw new ConformanceError('ERR_STATE', `the journal ${file} can't be written: ${failure.message}`)
      stream.write(`${JSON.stringify({ cell, answer })}\n`)
    },
    remove: () => rm(file, { force: true }),
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        stream.once('close', () => resolve())
        stream.end()
      }),
  }
}

/** Written anew without half a line at its end. */
async function start(
  file: string,
  head: JournalHead,
  answers: ReadonlyMap<string, RecordedAnswer>,
): Promise<FileHandle> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  const handle = await open(file, 'w', 0o600)
  const lines = [head, ...[...answers].map(([cell, answer]) => ({ cell, answer }))]
  await handle.appendFile(lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
  return handle
}

async function read(
  file: string,
): Promise<{ head: JournalHead; answers: Map<string, RecordedAnswer> } | undefined> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  const [first = '', ...rest] = text.split('\n').slice(0, -1)
  if (first === '') return undefined
  try {
    const entries = rest.map((line) => entrySchema.parse(JSON.parse(line)))
    return {
      head: headSchema.parse(JSON.parse(first)),
      answers: new Map(entries.map(({ cell, answer }) => [cell, answer])),
    }
  } catch (cause) {
    throw new ConformanceError('ERR_STATE', `the journal ${file} is damaged; delete it and start again`, {
      cause,
    })
  }
}
