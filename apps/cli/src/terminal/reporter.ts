import { printableLines } from '@gatehouse/server/printable'
import type { StackProgress } from '@gatehouse/stack'
import type { ProcessState } from '@gatehouse/supervisor'
import { createLogUpdate } from 'log-update'
import { colors } from './colors.ts'
import { describeProcesses } from './stack-table.ts'
import { bar } from './table.ts'

/** Shows how a start goes on. */
export interface Reporter {
  readonly progress: (progress: StackProgress) => void
  readonly change: (state: ProcessState, all: readonly ProcessState[]) => void
  readonly notice: (sentence: string) => void
  readonly crash: (state: ProcessState, tail: readonly string[]) => void
  /** Leaves what is shown on the screen; what follows are plain lines. */
  readonly finish: () => void
}

/** A table that moves on a terminal, plain lines elsewhere. */
export function createReporter(stream: NodeJS.WriteStream): Reporter {
  return stream.isTTY ? liveReporter(stream) : lineReporter(stream)
}

function lineReporter(stream: NodeJS.WritableStream): Reporter {
  const print = (line: string) => void stream.write(`${line}\n`)
  const said = new Set<string>()
  return {
    // A bar means nothing in a file: each step is said once.
    progress: ({ message }) => {
      if (!said.has(message)) print(message)
      said.add(message)
    },
    change: (state) => {
      const seconds =
        state.healthyAt && state.startedAt
          ? ` after ${((state.healthyAt - state.startedAt) / 1000).toFixed(1)} s`
          : ''
      if (state.phase !== 'waiting')
        print(`${state.name}: ${state.phase}${state.phase === 'healthy' ? seconds : ''}`)
    },
    notice: (sentence) => print(printableLines(sentence)),
    crash: (state, tail) => describeCrash(state, tail).forEach(print),
    finish: () => undefined,
  }
}

function liveReporter(stream: NodeJS.WriteStream): Reporter {
  const update = createLogUpdate(stream, { showCursor: true })
  let step: StackProgress | undefined
  let processes: readonly ProcessState[] = []
  let finished = false
  const render = () => {
    if (finished) return
    const lines = describeProcesses(processes)
    if (step) lines.push(`  ${step.fraction === undefined ? '' : `${bar(step.fraction)}  `}${step.message}`)
    update(lines.join('\n'))
  }
  /** Lines that stay, above the table that moves. */
  const say = (lines: readonly string[]) => {
    if (!finished) update.clear()
    for (const line of lines) stream.write(`${line}\n`)
    render()
  }
  return {
    progress: (progress) => {
      step = progress
      render()
    },
    notice: (sentence) => say([printableLines(sentence)]),
    change: (_state, all) => {
      processes = all
      render()
    },
    crash: (state, tail) => say(describeCrash(state, tail)),
    finish: () => {
      step = undefined
      render()
      finished = true
      update.done()
    },
  }
}

function describeCrash(state: ProcessState, tail: readonly string[]): string[] {
  const next = state.phase === 'crashed' ? 'it is not restarted' : 'it is restarted'
  return [
    colors.red(`${state.name} ${state.lastExit ?? 'ended'}; ${next}. Its last log lines (${state.logFile}):`),
    ...tail.map((line) => `  ${printableLines(line)}`),
  ]
}
