import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { resultJsonSchema } from '@gatehouse/conformance/reports'

/** Writes the schemas of what the conformance suite writes. */
const docs = join(import.meta.dirname, '..', 'docs')
await writeFile(
  join(docs, 'conformance-result.schema.json'),
  `${JSON.stringify(resultJsonSchema(), undefined, 2)}\n`,
)
