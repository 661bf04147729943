import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { resultJsonSchema } from '@gatehouse/conformance/reports'

/** Writes the JSON Schema of what a conformance run ends with. */
const docs = join(import.meta.dirname, '..', 'docs')
await writeFile(
  join(docs, 'conformance-result.schema.json'),
  `${JSON.stringify(resultJsonSchema(), undefined, 2)}\n`,
)
