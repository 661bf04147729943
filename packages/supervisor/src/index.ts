export { SupervisorError, type SupervisorErrorCode } from './errors.ts'
export { tailOfLog } from './log-file.ts'
export type { Phase, ProcessSpec, ProcessState } from './process.ts'
export { Supervisor, type SupervisorEvents } from './supervisor.ts'
