/**
 * `pnpm test`: all tests, or those whose path holds a word. Where all are run, Docker's among them, and nobody
 * watches, Docker's run beside the others, in a process of their own: one after the other, they leave a core idle.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { execa } from 'execa'
import { addSummaries, summaryIn, summaryLine } from './counts.ts'

const args = process.argv.slice(2)
const vitest = { preferLocal: true, localDir: import.meta.dirname, reject: false } as const

// Tests of the one side wait for what the other finds, so all of them must be there.
const isWhole = args.length === 0

if (process.env['GATEHOUSE_TEST_DOCKER'] !== '1' || process.stdout.isTTY || !isWhole) {
  const { exitCode = 1 } = await execa('vitest', ['run', ...args], { ...vitest, stdio: 'inherit' })
  process.exitCode = exitCode
} else {
  const reports = await mkdtemp(join(tmpdir(), 'gatehouse-reports-'))
  try {
    process.exitCode = await runSideBySide(reports)
  } finally {
    await rm(reports, { recursive: true, force: true })
  }
}

async function runSideBySide(reports: string): Promise<number> {
  const run = (project: string, stdout: readonly ('inherit' | 'pipe')[]) =>
    execa('vitest', ['run', '--project', project], {
      ...vitest,
      env: { GATEHOUSE_TEST_REPORTS: reports },
      stdin: 'ignore',
      stdout,
      stderr: 'inherit',
    })
  const usual = run('usual', ['inherit', 'pipe'])
  // Kept until the others have ended, so that each of the two can be read.
  const docker = run('docker', ['pipe'])
  const ended = await Promise.all([usual, docker])
  console.log(`\nThe tests that need Docker, which ran beside those:\n${ended[1].stdout}`)
  const counts = ended.map(({ stdout, exitCode }) => summaryIn(stdout, exitCode === 0))
  console.log(summaryLine(addSummaries(counts)))
  return ended.every(({ exitCode }) => exitCode === 0) ? 0 : 1
}
