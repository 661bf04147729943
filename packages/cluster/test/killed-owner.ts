import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { execa } from 'execa'
import { expect, onTestFinished } from 'vitest'

/** Starts a kind cluster in a process of its own, and kills that one as soon as it says `moment`. */
export async function killOwner(options: { directory: string; port: number; moment: string }): Promise<void> {
  const { directory, port, moment } = options
  const script = join(import.meta.dirname, 'fixtures', 'start-kind-and-wait.ts')
  const child = spawn(process.execPath, [script, directory, String(port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const exited = once(child, 'exit')
  const said: string[] = []
  for await (const line of createInterface(child.stdout)) {
    said.push(line)
    if (line === moment) break
  }
  child.kill('SIGKILL')
  await exited
  expect(said).toContain(moment)
}

/** Waits until the cluster is removed, and nobody looks any more for what a kind that was still at work may have made. */
export async function untilRemoverHasEnded(directory: string): Promise<void> {
  const removers = () => execa('pgrep', ['-f', `remover.*${directory}`], { reject: false })
  const often = { timeout: 100_000, interval: 500 }
  await expect.poll(async () => (await removers()).stdout, often).toBe('')
}
