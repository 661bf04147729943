import { describe, expect, test } from 'vitest'
import { readChannel, resizeMessage, stdinMessage, tokenProtocol } from '../../src/web/api/channel.ts'
import { endOf, execQuery } from '../../src/web/api/exec-stream.ts'
import { appendLines, type LogLine, logLineOf, NO_LINES } from '../../src/web/api/log-lines.ts'
import { createSeen } from '../../src/web/api/log-stream.ts'
import { textLines } from '../../src/web/api/text-lines.ts'
import { containersOf } from '../../src/web/object/pod-containers.ts'

const message = (channel: number, text: string) =>
  new Uint8Array([channel, ...new TextEncoder().encode(text)]).buffer

describe('remote commands', () => {
  test('a message begins with its channel', () => {
    const bytes = new TextEncoder().encode('ä')
    expect(readChannel(message(1, 'ä'))).toEqual({ kind: 'output', bytes })
    expect(readChannel(message(2, 'ä'))).toEqual({ kind: 'output', bytes })
    expect(readChannel(message(3, '{}'))).toEqual({ kind: 'status', text: '{}' })
    expect(readChannel(message(255, ''))).toEqual({ kind: 'unknown' })
    expect(readChannel(new ArrayBuffer(0))).toEqual({ kind: 'unknown' })
  })

  test('what is typed and the size of the terminal have channels of their own', () => {
    expect([...stdinMessage('ä')]).toEqual([0, 0xc3, 0xa4])
    expect(new TextDecoder().decode(resizeMessage(80, 24))).toBe('\u0004{"Width":80,"Height":24}')
  })

  test('the token is a subprotocol in base64url without padding', () => {
    expect(tokenProtocol('~~~?a')).toBe('base64url.bearer.authorization.k8s.io.fn5-P2E')
  })

  test('each word of a command is a parameter', () => {
    const query = execQuery({ container: 'main', command: ['sh', '-c', 'a&b=c'] })
    expect(query.getAll('command')).toEqual(['sh', '-c', 'a&b=c'])
    expect(query.get('tty')).toBe('true')
    expect(query.has('stderr')).toBe(false)
  })

  test.each([
    ['{"status":"Success"}', { kind: 'completed' }],
    [
      '{"status":"Failure","message":"exit code 3","code":500}',
      { kind: 'failed', error: { message: 'exit code 3' } },
    ],
    ['not JSON', { kind: 'failed', error: { message: 'not JSON' } }],
  ])('the last message %s', (text, end) => expect(endOf(text)).toMatchObject(end))
})

describe('logs', () => {
  test.each<[string, LogLine]>([
    ['2026-11-25T18:00:00.123Z hello  world', { time: '2026-11-25T18:00:00.123Z', text: 'hello  world' }],
    ['2026-11-25T18:00:00Z ', { time: '2026-11-25T18:00:00Z', text: '' }],
    ['without a time', { time: '', text: 'without a time' }],
    ['\u001B[1;31mred\u001B[0m\r', { time: '', text: 'red' }],
    ['<script>alert(1)</script>', { time: '', text: '<script>alert(1)</script>' }],
  ])('the line %j', (line, expected) => expect(logLineOf(line)).toEqual(expected))

  const lines = (count: number, from = 0) =>
    Array.from({ length: count }, (_, index) => ({ time: '', text: String(from + index) }))

  test('pieces that are full stay the same, and the oldest go', () => {
    const first = appendLines(NO_LINES, lines(450))
    expect(first.pieces.map(({ length }) => length)).toEqual([200, 200, 50])
    const second = appendLines(first, lines(100, 450))
    expect(second.pieces.map(({ length }) => length)).toEqual([200, 200, 150])
    expect(second.pieces[0]).toBe(first.pieces[0])
    expect(second.pieces.flat().map(({ text }) => Number(text))).toEqual(
      Array.from({ length: 550 }, (_, at) => at),
    )
    const many = appendLines(second, lines(20_000))
    expect(many.pieces.flat()).toHaveLength(many.pieces.length * 200 - (200 - many.pieces.at(-1)!.length))
    expect(many.dropped + many.pieces.flat().length).toBe(20_550)
    expect(many.pieces.length).toBe(50)
  })

  test('a log goes on from the last second without saying a line twice', () => {
    const seen = createSeen()
    expect(seen.since()).toBeUndefined()
    const old = ['2026-11-25T18:00:00.1Z a', '2026-11-25T18:00:01.5Z b', '2026-11-25T18:00:01.7Z c']
    expect(old.map((line) => seen.before(line))).toEqual([false, false, false])
    expect(seen.since()).toBe('2026-11-25T18:00:01Z')
    const again = ['2026-11-25T18:00:01.5Z b', '2026-11-25T18:00:01.7Z c', '2026-11-25T18:00:01.8Z d']
    expect(again.map((line) => seen.before(line))).toEqual([true, true, false])
  })

  test('lines are cut where the stream has line ends, and where they are too long', async () => {
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const chunk of ['a\nb', 'c\n', 'x'.repeat(25), '\nend'])
          controller.enqueue(new TextEncoder().encode(chunk))
        controller.close()
      },
    })
    const found: string[] = []
    for await (const line of textLines(body, 10)) found.push(line)
    expect(found).toEqual(['a', 'bc', 'x'.repeat(10), 'x'.repeat(10), 'x'.repeat(5), 'end'])
  })
})

test('the containers that do the work come first', () => {
  const pod = {
    metadata: { name: 'p' },
    spec: { initContainers: [{ name: 'init' }], containers: [{ name: 'main' }, { name: 'side' }] },
  }
  expect(containersOf(pod)).toEqual(['main', 'side', 'init'])
  expect(containersOf({ metadata: { name: 'p' } })).toEqual([])
})
