export { manifestsToApply } from './existing/wanted-objects.ts'
export { removeFromCluster } from './existing/remove.ts'
export { startStack, type Stack } from './stack.ts'
export type { StackOptions, StackProgress } from './stack-options.ts'
