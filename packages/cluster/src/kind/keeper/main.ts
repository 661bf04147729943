import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { KeeperSettings } from './remover.ts'

export type { KeeperSettings } from './remover.ts'

/**
 * Stands for the cluster in the tree of processes: its end is the cluster's. The containers belong to the Docker
 * engine, which knows nothing of that tree, so a second process, which no signal to the tree reaches, holds the
 * other end of a pipe. When the pipe closes, by our will or since we were killed, it removes the cluster.
 */
async function main(json: string): Promise<void> {
  const { readyFile } = JSON.parse(json) as KeeperSettings
  const extension = import.meta.filename.endsWith('.ts') ? '.ts' : '.js'
  const script = join(import.meta.dirname, `remover${extension}`)
  const remover = spawn(process.execPath, [script, json], {
    detached: true,
    stdio: ['pipe', 'inherit', 'inherit'],
  })
  const ended = once(remover, 'exit')
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => remover.stdin.end('stop\n'))
  writeFileSync(readyFile, '', { mode: 0o600 })
  const [code] = (await ended) as [number | null]
  rmSync(readyFile, { force: true })
  process.exitCode = code ?? 1
}

// The settings are written by keeper.ts of the same version.
await main(process.argv[2]!)
