import type { RunProgress } from '@gatehouse/conformance'
import { createLogUpdate } from 'log-update'
import { bar } from './table.ts'

/** Shows how far a conformance run is. */
export interface RunReporter {
  readonly progress: (progress: RunProgress) => void
  /** Clears what moves; what follows are plain lines. */
  readonly finish: () => void
}

const EVERY_MS = 80

/** A bar that moves on a terminal, one line for each step elsewhere. */
export function createRunReporter(stream: NodeJS.WriteStream): RunReporter {
  if (!stream.isTTY) {
    let last = ''
    return {
      progress: ({ step }) => {
        if (step !== last) stream.write(`${step}\n`)
        last = step
      },
      finish: () => undefined,
    }
  }
  const update = createLogUpdate(stream)
  let shownAt = 0
  let shown = ''
  return {
    progress({ step, cells }) {
      const now = performance.now()
      if (step === shown && now - shownAt < EVERY_MS && cells?.done !== cells?.total) return
      shownAt = now
      shown = step
      const count = cells
        ? `${bar(cells.total === 0 ? 1 : cells.done / cells.total)}  ${cells.done} of ${cells.total} cells  `
        : ''
      update(`${count}${step}`)
    },
    finish: () => {
      update.clear()
      update.done()
    },
  }
}
