/**
 * `pnpm test`: all tests, or those whose path holds a word. Where Docker's are among them and nobody watches,
 * they run beside the others, in a process of their own: one after the other, they leave a core idle.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { execa } from 'execa'
import { addSummaries, type Counts, summaryIn, summaryLine } from './counts.ts'

const args = process.argv.slice(2)
const vitest = { preferLocal: true, localDir: import.meta.dirname, reject: false } as const

if (process.env['GATEHOUSE_TEST_DOCKER'] !== '1' || process.stdout.isTTY) {
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
  const run = (project: string, stdout: 'inherit'[]) =>
    execa('vitest', ['run', '--project', project, '--passWithNoTests', ...args], {
      ...vitest,
      env: { GATEHOUSE_TEST_REPORTS: reports },
      stdin: 'ignore',
      stdout: [...stdout, 'pipe'],
      stderr: 'inherit',
    })
  const usual = run('usual', ['inherit'])
  // Kept until the others have ended, so that each of the two can be read.
  const docker = run('docker', [])
  const ended = [await usual]
  console.log('\nThe tests that need Docker, which ran beside those:')
  docker.stdout.pipe(process.stdout)
  ended.push(await docker)
  const counts: Counts[] = ended.map(({ stdout, exitCode }) => summaryIn(stdout, exitCode === 0))
  const total = addSummaries(counts)
  console.log(summaryLine(total))
  if (total.passed + total.failed + total.skipped === 0) console.log('No test has such a path.')
  return ended.every(({ exitCode }) => exitCode === 0) && total.passed > 0 ? 0 : 1
}
