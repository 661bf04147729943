export type Environment = Readonly<Record<string, string | undefined>>

const REFERENCE = /\$(?:\{([^}]*)\}|(\w+))/g
/** What Go's strconv.ParseBool takes for false. */
const FALSE = new Set(['0', 'f', 'F', 'false', 'FALSE', 'False'])

/**
 * A copy of `value` in which every `$NAME` and `${NAME}` of every string is replaced by its value in
 * `env`; an unset variable becomes nothing. Numbers and keys stay. With DEX_EXPAND_ENV=false the value
 * comes back as it is.
 *
 * Dex does this in `storage.config` and in each connector's `config`, and nowhere else: a bcrypt hash
 * is full of dollar signs.
 */
export function expandEnv(value: unknown, env: Environment): unknown {
  return FALSE.has(env['DEX_EXPAND_ENV'] ?? '') ? value : expand(value, env)
}

function expand(value: unknown, env: Environment): unknown {
  if (typeof value === 'string') {
    return value.replace(REFERENCE, (_, braced?: string, bare?: string) => env[braced ?? bare ?? ''] ?? '')
  }
  if (Array.isArray(value)) return value.map((member) => expand(member, env))
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, expand(member, env)]))
  }
  return value
}
