import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'

/** The folder of two runs side by side, which make and remove it elsewhere. */
export const sharedReports = process.env['GATEHOUSE_TEST_REPORTS']

/** What test files of one run tell each other is here; made by whoever writes first, gone after the run. */
export const reportDirectory = sharedReports ?? join(tmpdir(), `gatehouse-reports-${process.pid}`)
