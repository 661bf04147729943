import { writeFile } from 'node:fs/promises'
import { accessSpecJsonSchema } from '@gatehouse/conformance/json-schema'

/** Writes the JSON Schema of access specs, for editors, beside the specs. */
const file = new URL('../packages/conformance/access-spec.schema.json', import.meta.url)
await writeFile(file, `${JSON.stringify(accessSpecJsonSchema(), undefined, 2)}\n`)
