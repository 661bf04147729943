import { configDefaults, defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['{apps,packages,e2e}/**/*.test.ts', 'scripts/**/*.test.ts'],
    // *.docker.test.ts need a Docker engine and a node image (scripts/node-image); they compare the state of the
    // whole machine before and after, so one file runs at a time.
    fileParallelism: process.env['GATEHOUSE_TEST_DOCKER'] !== '1',
    exclude: [
      ...configDefaults.exclude,
      ...(process.env['GATEHOUSE_TEST_DOCKER'] === '1' ? [] : ['**/*.docker.test.ts']),
    ],
    globalSetup: ['./scripts/vitest/binaries.ts'],
    reporters: ['default', './scripts/vitest/summary.ts'],
    // Many tests start real clusters; two cores bear few of them at once.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 180_000,
  },
})
