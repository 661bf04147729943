/** The environment that a command gets, all of it. */
export type Environment = Readonly<Record<string, string | undefined>>

/** These say which engine and which network are meant; without them a pasted line does something else. */
const decisive = [
  'DOCKER_CONFIG',
  'DOCKER_CONTEXT',
  'DOCKER_HOST',
  'KIND_EXPERIMENTAL_DOCKER_NETWORK',
  'KIND_EXPERIMENTAL_PROVIDER',
]

/**
 * A command as one would type it into a POSIX shell, with the variables of `env` that decide what it does, and
 * its standard input as a here-document. Pure.
 */
export function commandLine(
  path: string,
  args: readonly string[],
  { env, input }: { readonly env: Environment; readonly input?: string | undefined },
): string {
  const variables = decisive.flatMap((name) => (env[name] ? [`${name}=${quoted(env[name])}`] : []))
  const line = [...variables, ...[path, ...args].map(quoted)].join(' ')
  return input === undefined ? line : `${line} ${hereDocument(input)}`
}

function quoted(word: string): string {
  if (/^[\w%+,./:=@-]+$/.test(word)) return word
  return `'${word.replaceAll("'", String.raw`'\''`)}'`
}

/** The quoted delimiter keeps the shell from reading anything into the text; the text must not contain it. */
function hereDocument(text: string): string {
  const lines = text.replace(/\n$/, '').split('\n')
  let delimiter = 'EOF'
  while (lines.includes(delimiter)) delimiter += '_'
  return [`<<'${delimiter}'`, ...lines, delimiter].join('\n')
}
