import { configDefaults, defineConfig } from 'vitest/config'
import LongFirst from './scripts/vitest/long-first.ts'
import { reportDirectory } from './scripts/vitest/report-directory.ts'

/** They need a Docker engine and a node image (scripts/node-image). */
const dockerTests = '{apps,packages,e2e,scripts}/**/*.docker.test.ts'
const hasDocker = process.env['GATEHOUSE_TEST_DOCKER'] === '1'

export default defineConfig({
  test: {
    globalSetup: ['./scripts/vitest/setup.ts'],
    reporters: ['default', './scripts/vitest/summary.ts'],
    // Many tests start real clusters; with more at once than cores, browsers and kubelets run into their limits.
    maxWorkers: 2,
    sequence: { sequencer: LongFirst },
    testTimeout: 120_000,
    hookTimeout: 180_000,
    // What is waited for comes, but on a machine at work not within vitest's own second: no test has a limit of its own,
    // unless it is about time.
    expect: { poll: { timeout: 60_000 } },
    provide: { reportDirectory },
    projects: [
      {
        extends: true,
        test: {
          name: 'usual',
          include: ['{apps,packages,e2e}/**/*.test.ts', 'scripts/**/*.test.ts'],
          exclude: [...configDefaults.exclude, dockerTests],
          // A process of its own for each file would load the same packages for longer than most files take.
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'docker',
          include: hasDocker ? [dockerTests] : [],
          // They compare what is in the engine, and the kernel's settings, before and after.
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
