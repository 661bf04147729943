import { configDefaults, defineConfig } from 'vitest/config'
import { reportDirectory } from './scripts/vitest/report-directory.ts'

/** They need a Docker engine and a node image (scripts/node-image). */
const dockerTests = '{apps,packages,e2e,scripts}/**/*.docker.test.ts'
const hasDocker = process.env['GATEHOUSE_TEST_DOCKER'] === '1'

export default defineConfig({
  test: {
    globalSetup: ['./scripts/vitest/setup.ts'],
    reporters: ['default', './scripts/vitest/summary.ts'],
    // Many tests start real clusters; two cores bear few of them at once.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 180_000,
    provide: { reportDirectory },
    projects: [
      {
        extends: true,
        test: {
          name: 'usual',
          include: ['{apps,packages,e2e}/**/*.test.ts', 'scripts/**/*.test.ts'],
          exclude: [...configDefaults.exclude, dockerTests],
        },
      },
      {
        extends: true,
        test: {
          name: 'docker',
          include: hasDocker ? [dockerTests] : [],
          // They compare the state of the whole machine before and after, so nothing else runs meanwhile.
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
