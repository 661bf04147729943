export { TrustError, type TrustErrorCode } from './errors.ts'
export type { Machine } from './machine.ts'
export type { Anchor, StoreState } from './store.ts'
export { distrust, type StoreReport, trust, trustStatus } from './trust.ts'
