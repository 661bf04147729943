import { writeFile } from 'node:fs/promises'
import { connect } from 'node:http2'
import { join } from 'node:path'
import { createLogger } from '@gatehouse/server'
import { expect, test } from 'vitest'
import { startIngressGateway } from '../src/app.ts'
import { configSchema, type GatewayConfigInput } from '../src/config.ts'
import { get, openTls, parseAnswer, readAll } from './gateway.ts'
import { startUpstream } from './upstream.ts'
import { useWorkshop } from './use-workshop.ts'

const workshop = useWorkshop()

/** A gateway with a configuration file, and what writes it anew. */
async function startWithFile(name: string, hosts: GatewayConfigInput['hosts']) {
  const file = join(workshop.directory, `${name}.json`)
  const settings = { listen: { port: 0 }, operations: { port: 0 }, limits: { drainSeconds: 0 } }
  const write = (next: object) => writeFile(file, JSON.stringify({ ...settings, ...next }))
  await write({ hosts })
  const log: Record<string, unknown>[] = []
  const logger = createLogger({
    name: 'ingress-gateway',
    destination: { write: (line: string) => void log.push(JSON.parse(line)) },
  })
  const service = await startIngressGateway(configSchema.parse({ ...settings, hosts }), {
    logger,
    configFile: file,
  })
  const port = Number(new URL(service.urls['https']!).port)
  return {
    file,
    write,
    log,
    to: (serverName: string) => ({ port, ca: workshop.authority.certificatePem, serverName }),
    [Symbol.asyncDispose]: () => service.drain(),
  }
}

const hostOf = async (host: string, port: number) => ({
  host,
  tls: await workshop.serverPair(host),
  upstream: { service: host, url: `http://127.0.0.1:${port}` },
})

test('new hosts and upstreams are served, and nobody’s connection or request is lost', async () => {
  const mayAnswer = Promise.withResolvers<void>()
  const asked = Promise.withResolvers<void>()
  await using old = await startUpstream(undefined, '', (request, response) => {
    if (request.url !== '/slow') return response.end('old')
    asked.resolve()
    return void mayAnswer.promise.then(() => response.end('old, in the end'))
  })
  await using fresh = await startUpstream(undefined, '', (_, response) => response.end('new'))
  await using gateway = await startWithFile('hosts', [await hostOf('a.test', old.port)])
  const slow = await openTls(gateway.to('a.test'))
  slow.write('GET /slow HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n')
  const kept = connect(`https://127.0.0.1:${gateway.to('').port}`, {
    ca: gateway.to('').ca,
    servername: 'a.test',
  })
  const ask = async () => {
    const stream = kept.request({ ':authority': 'a.test' })
    let body = ''
    for await (const chunk of stream.setEncoding('utf8')) body += chunk as string
    return body
  }
  expect(await ask()).toBe('old')
  await asked.promise
  await gateway.write({ hosts: [await hostOf('a.test', fresh.port), await hostOf('b.test', fresh.port)] })
  await expect.poll(ask).toBe('new')
  expect((await get(gateway.to('b.test'))).body).toBe('new')
  mayAnswer.resolve()
  expect(parseAnswer(await readAll(slow)).body).toContain('old, in the end')
  expect(kept.closed).toBe(false)
  kept.destroy()
})

test('a configuration that is wrong changes nothing and is told once', async () => {
  await using upstream = await startUpstream(undefined, '', (_, response) => response.end('served'))
  const good = await hostOf('a.test', upstream.port)
  await using gateway = await startWithFile('wrong', [good])
  const errors = () => gateway.log.filter(({ level }) => level === 'error')
  await gateway.write({ hosts: [{ ...good, host: '*.test' }] })
  await expect.poll(errors).toHaveLength(1)
  expect(String(errors()[0]!['reason'])).toContain('/hosts/0/host')
  await gateway.write({ hosts: [{ ...good, tls: { certificateFile: 'absent', keyFile: 'absent' } }] })
  await expect.poll(errors).toHaveLength(2)
  // Whoever asks is told again.
  process.emit('SIGHUP')
  await expect.poll(errors).toHaveLength(3)
  expect((await get(gateway.to('a.test'))).body).toBe('served')
  await writeFile(gateway.file, '')
  await expect.poll(errors).toHaveLength(4)
})

test('what listeners were made with needs a restart, and nothing else of such a file is in use', async () => {
  await using upstream = await startUpstream(undefined, '')
  const host = await hostOf('a.test', upstream.port)
  await using gateway = await startWithFile('fixed', [host])
  await gateway.write({
    hosts: [host, await hostOf('b.test', upstream.port)],
    limits: { drainSeconds: 0, connections: 5 },
  })
  await expect
    .poll(() => gateway.log.find(({ level }) => level === 'error'))
    .toMatchObject({ needRestart: ['limits'] })
  await expect(get(gateway.to('b.test'))).rejects.toThrow(/cert's altnames: DNS:a\.test/)
})

test('many reloads leave nothing behind', async () => {
  await using upstream = await startUpstream(undefined, '')
  const host = await hostOf('a.test', upstream.port)
  const warnings: string[] = []
  const warn = (warning: Error) => void warnings.push(warning.message)
  process.on('warning', warn)
  await using gateway = await startWithFile('many', [host])
  for (let round = 1; round <= 12; round += 1) {
    await gateway.write({ hosts: [{ ...host, websocket: round % 2 === 1 }] })
    const inUse = () => gateway.log.filter(({ msg }) => msg === 'the new configuration is in use').length
    await expect.poll(inUse).toBe(round)
  }
  process.off('warning', warn)
  expect(warnings).toEqual([])
})
