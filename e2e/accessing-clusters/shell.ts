import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'

export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** A terminal: one bash, which keeps variables, functions and jobs from one command to the next. */
export interface Shell extends AsyncDisposable {
  /** Types commands and waits until they are done; those after one that failed are typed all the same. */
  readonly type: (commands: string) => Promise<Ran>
}

export function openShell(options: { directory: string; env: Readonly<Record<string, string>> }): Shell {
  const bash = spawn('bash', ['--noprofile', '--norc'], {
    cwd: options.directory,
    env: options.env,
    // Its jobs end with it.
    detached: true,
  })
  const ended = once(bash, 'exit')
  const output = { stdout: '', stderr: '' }
  let onData = () => {}
  for (const name of ['stdout', 'stderr'] as const) {
    bash[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text
      onData()
    })
  }
  return {
    async type(commands) {
      const mark = randomUUID()
      const done = Promise.withResolvers<Ran>()
      onData = () => {
        const [stdout, after] = output.stdout.split(`\n${mark} `)
        const [stderr, end] = output.stderr.split(`\n${mark}\n`)
        if (after === undefined || end === undefined || !after.endsWith('\n')) return
        output.stdout = ''
        output.stderr = end
        done.resolve({ code: Number(after), stdout: stdout!, stderr: stderr! })
      }
      const failed = ended.then(() => {
        throw new Error(`bash ended: ${output.stderr}`)
      })
      bash.stdin.write(`${commands}\nprintf '\\n%s %s\\n' ${mark} $?; printf '\\n%s\\n' ${mark} >&2\n`)
      return Promise.race([done.promise, failed])
    },
    async [Symbol.asyncDispose]() {
      process.kill(-bash.pid!, 'SIGTERM')
      // A bash that reads commands ignores SIGTERM; the end of its input it does not.
      bash.stdin.end()
      await ended
    },
  }
}
