import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'

/** What test files of one run tell each other is here; made by whoever writes first, gone after the run. */
export const reportDirectory = join(tmpdir(), `gatehouse-reports-${process.pid}`)
