export { BrowserError, type BrowserErrorCode } from './errors.ts'
export type { Environment, FoundChromium } from './find.ts'
export { type Chromium, type ChromiumOptions, startChromium } from './start.ts'
