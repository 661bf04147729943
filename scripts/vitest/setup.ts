import { rm } from 'node:fs/promises'
import process from 'node:process'
import type { TestProject } from 'vitest/node'
import { type BinaryName, binaryNames, createProgressLines, resolveBinaries } from '@gatehouse/binaries'
import { reportDirectory, sharedReports } from './report-directory.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** For e2e/path-a/picture.ts. */
    updateSnapshots: boolean
  }
}

/**
 * Before the first test: finds, downloads or builds the executables, with progress, so that no test waits
 * minutes for them. With a warm cache this takes a fraction of a second. After the last test the reports go.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  project.provide('updateSnapshots', project.config.snapshotOptions.updateSnapshot === 'all')
  const print = createProgressLines((line) => console.log(line))
  const isNeeded = (name: BinaryName) =>
    name !== 'docker-compose' || process.env['GATEHOUSE_TEST_DOCKER'] === '1'
  await resolveBinaries(binaryNames.filter(isNeeded), {
    env: process.env,
    signal: new AbortController().signal,
    onProgress: (progress) => progress.phase === 'done' || print(progress),
  })
  return async () => {
    if (sharedReports === undefined) await rm(reportDirectory, { recursive: true, force: true })
  }
}
