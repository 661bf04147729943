import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { configurationJsonSchema, configurationMarkdown } from '@gatehouse/stack/configuration-reference'

/** Writes the pages that are generated from the configuration's schema. */
const docs = join(import.meta.dirname, '..', 'docs')
await writeFile(join(docs, 'configuration.md'), configurationMarkdown())
await writeFile(
  join(docs, 'gatehouse.schema.json'),
  `${JSON.stringify(configurationJsonSchema(), undefined, 2)}\n`,
)
