export type { LastRequest } from './access-log.ts'
export type { WhyReport } from './report.ts'
export { why, type WhyOptions } from './why.ts'
