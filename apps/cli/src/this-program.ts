import { fileURLToPath } from 'node:url'

/** How this very program is started, from any folder and where `gatehouse` is not on PATH. */
export const thisProgram: readonly [string, ...string[]] = [
  process.execPath,
  fileURLToPath(new URL('./main.ts', import.meta.url)),
]
