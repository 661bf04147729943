import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

/** A child process that is talked to line by line. */
export interface LineProcess extends AsyncDisposable {
  readonly pid: number
  /** The next line that it writes; rejects when it ends instead. */
  readLine(): Promise<string>
  writeLine(line: string): void
}

/** Starts a process whose stdout is read line by line; what it complains about goes to our stderr. */
export function startLineProcess(command: string, args: readonly string[]): LineProcess {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    pid: child.pid!,
    async readLine() {
      const { value, done } = await lines.next()
      if (done) throw new Error(`${command} ${args[0]} ended`)
      return value
    },
    writeLine: (line) => void child.stdin.write(`${line}\n`),
    [Symbol.asyncDispose]: () => endChild(child),
  }
}

/** Ends a child and waits for its end. */
export async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), 5000)
  await ended
  clearTimeout(timer)
}
