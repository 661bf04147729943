import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['{apps,packages,e2e}/**/*.test.ts', 'scripts/**/*.test.ts'],
    globalSetup: ['./scripts/vitest/binaries.ts'],
    reporters: ['default', './scripts/vitest/summary.ts'],
    // Many tests start real clusters; two cores bear few of them at once.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 180_000,
  },
})
