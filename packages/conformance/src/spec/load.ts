import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { loadConfiguration } from '@gatehouse/server/configuration'
import { isNode, LineCounter, parseDocument } from 'yaml'
import { type AccessSpec, accessSpecSchema } from './schema.ts'

export interface LoadedSpec {
  readonly file: string
  readonly spec: AccessSpec
  /** SHA-256 of the text, in hexadecimal. */
  readonly digest: string
  /** Where each rule stands, FILE:LINE. */
  readonly ruleLocations: readonly string[]
}

/**
 * Reads an access spec (YAML or JSON).
 *
 * @throws ConfigurationError with all problems, each with its path, line and column
 */
export async function loadSpec(file: string): Promise<LoadedSpec> {
  const spec = await loadConfiguration(file, accessSpecSchema)
  const text = await readFile(file, 'utf8')
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines })
  const name = basename(file)
  return {
    file,
    spec,
    digest: createHash('sha256').update(text).digest('hex'),
    ruleLocations: spec.rules.map((_, index) => {
      const node: unknown = document.getIn(['rules', index], true)
      const range = isNode(node) ? node.range : undefined
      return range ? `${name}:${lines.linePos(range[0]).line}` : name
    }),
  }
}
