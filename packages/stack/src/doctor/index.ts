export type { Check, DoctorContext, DoctorOptions } from './context.ts'
export { checks, examine } from './examine.ts'
export type { Finding, Level } from './finding.ts'
