import { spawn } from 'node:child_process'
import { once } from 'node:events'
import process from 'node:process'
import type { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { printableLines } from '@gatehouse/server/printable'

/** Writes the last `lines` lines of each file and whatever is added to it, until nobody reads `output` any more. */
export async function followLogs(files: readonly string[], lines: number, output: Writable): Promise<void> {
  const tail = spawn('tail', ['-n', String(lines), '-F', ...files], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(tail, 'spawn')
  // A terminal's Ctrl-C reaches it, too; a signal for this process alone would leave it behind.
  const end = () => void tail.kill()
  process.once('SIGTERM', end)
  try {
    await pipeline(tail.stdout.setEncoding('utf8'), makePrintable, output, { end: false })
  } catch (error) {
    // Whoever reads has seen enough, as with "| head".
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error
  } finally {
    process.off('SIGTERM', end)
    end()
  }
}

async function* makePrintable(texts: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const text of texts) yield printableLines(text)
}
