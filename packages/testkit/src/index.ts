export { connectDexTestPowers, type DexTestPowers, type DexTestPowersOptions } from './dex-test-powers.ts'
export { TestkitError, type TestkitErrorCode } from './errors.ts'
