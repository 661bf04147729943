import type { RunResult } from '../result.ts'
import { htmlReport } from './html/html.ts'
import { jsonReport } from './json.ts'
import { junitReport } from './junit.ts'
import { markdownReport } from './markdown.ts'
import { sarifReport } from './sarif.ts'

export { resultJsonSchema } from './json.ts'
export { terminalReport, type TerminalOptions } from './terminal/terminal.ts'

export interface ReportOptions {
  /** The directory that paths in reports are relative to: the repository. */
  readonly root: string
}

/** The reports that are files, by the name that users give. */
export const REPORTS = {
  json: jsonReport,
  junit: junitReport,
  sarif: (run: RunResult, { root }: ReportOptions) => sarifReport(run, root),
  markdown: markdownReport,
  html: htmlReport,
} as const satisfies Readonly<
  Record<string, (run: RunResult, options: ReportOptions) => string | Promise<string>>
>
