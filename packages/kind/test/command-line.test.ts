import { execa } from 'execa'
import { expect, test } from 'vitest'
import { commandLine } from '../src/command-line.ts'

test.each([
  [['get', 'clusters'], 'kind get clusters'],
  [['--name', "it's"], String.raw`kind --name 'it'\''s'`],
  [['', 'a b', '$HOME', '`id`', '*'], "kind '' 'a b' '$HOME' '`id`' '*'"],
])('%j is quoted for a shell', (args, expected) => {
  expect(commandLine('kind', args, { env: {} })).toBe(expected)
})

test('the variables that decide what is meant stand before the command, and no others', () => {
  const env = { DOCKER_HOST: 'tcp://127.0.0.1:1', HOME: '/root', PASSWORD: 'hunter2', DOCKER_CONTEXT: '' }
  expect(commandLine('kind', [], { env })).toBe('DOCKER_HOST=tcp://127.0.0.1:1 kind')
})

test('a shell reads back the arguments and the input that were given', async () => {
  const args = ['-c', 'cat; printf "<%s>" "$@"', 'sh', 'quote \' and " and $HOME', '', 'a\nb', '-n']
  const input = 'EOF\nname: $(id) `id` \\n\nEOF_\n'
  const { stdout } = await execa('sh', ['-c', commandLine('sh', args, { env: {}, input })])
  expect(stdout).toBe(`${input}<quote ' and " and $HOME><><a\nb><-n>`)
})
