import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, rmSync } from 'node:fs'
import { connect, createServer, type ListenOptions, type Server } from 'node:net'
import { relay } from './relay.ts'
import { inSandbox, type SandboxRoot } from './sandbox-command.ts'
import { sandboxPorts, sockets } from './sockets.ts'
import type { SandboxTools } from './tools.ts'

// Not by an import, for which Node would load its fetch, too.
const { createServer: createHttpServer } = process.getBuiltinModule('node:http')

/** What this process is told, as JSON in its only argument; nothing in it is secret. */
export interface SandboxSettings {
  readonly tools: SandboxTools
  readonly root: SandboxRoot
  /** The API server's port, which is the same inside. */
  readonly apiserverPort: number
  readonly command: readonly string[]
}

/**
 * Runs in the sandbox's network namespace, and outside its root: carries kwok's connections to the API server
 * and the API server's to kwok, answers for pods, runs kwok in the sandbox and ends when kwok ends.
 */
async function main({ tools, root, apiserverPort, command }: SandboxSettings): Promise<void> {
  const loopback = spawnSync(tools.sh, ['-c', tools.loopbackUp], { encoding: 'utf8' })
  if (loopback.status !== 0)
    throw new Error(`loopback stays down: ${loopback.stderr || loopback.error?.message}`)

  const apiserver = createServer({ allowHalfOpen: true })
  relay(apiserver, 'connection', () => connect({ path: sockets.apiserver, allowHalfOpen: true }))
  await listen(apiserver, { host: '127.0.0.1', port: apiserverPort })

  const kubelet = createServer({ allowHalfOpen: true })
  relay(kubelet, 'connection', () =>
    connect({ host: '127.0.0.1', port: sandboxPorts.kwok, allowHalfOpen: true }),
  )
  rmSync(sockets.kubelet, { force: true })
  await listen(kubelet, { path: sockets.kubelet })
  chmodSync(sockets.kubelet, 0o600)

  const pod = createHttpServer((_request, response) => {
    response.setHeader('content-type', 'text/plain; charset=utf-8')
    response.end(
      'A pod of an embedded Gatehouse cluster. It runs no container; this answer is all there is.\n',
    )
  })
  await listen(pod, { host: '127.0.0.1', port: sandboxPorts.pod })

  const [program, ...rest] = inSandbox(tools, root, command)
  const kwok = spawn(program!, rest, { stdio: ['ignore', 'inherit', 'inherit'], env: {} })
  kwok.once('error', (error) => fail(error))
  kwok.once('exit', (code, signal) => {
    if (signal) console.error(`kwok was ended by ${signal}`)
    process.exit(code ?? 1)
  })
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      kwok.removeAllListeners('exit')
      // Its process 1 holds nothing that must be written; the kernel ends what it started.
      kwok.once('exit', () => process.exit(0))
      kwok.kill('SIGKILL')
    })
  }
}

function listen(server: Server, options: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(options, resolve)
  })
}

function fail(error: unknown): never {
  console.error(`the sandbox could not be started: ${error instanceof Error ? error.message : String(error)}`)
  process.exit(1)
}

// The settings are written by kwok.ts of the same version.
main(JSON.parse(process.argv[2]!) as SandboxSettings).catch(fail)
