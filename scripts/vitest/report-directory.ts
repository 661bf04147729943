import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'

/** Where two runs that belong together tell each other, if there are two; whoever names it removes it. */
export const sharedReports = process.env['GATEHOUSE_TEST_REPORTS'] || undefined

/** What test files of one run tell each other is here; made by whoever writes first, gone after the run. */
export const reportDirectory = sharedReports ?? join(tmpdir(), `gatehouse-reports-${process.pid}`)
