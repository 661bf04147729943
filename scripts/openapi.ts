import { writeFile } from 'node:fs/promises'
import { openApiDocument } from '@gatehouse/dex-test-powers'

// Writes docs/dex-test-powers.openapi.json; packages/dex-test-powers/test compares it.
const file = new URL('../docs/dex-test-powers.openapi.json', import.meta.url)
await writeFile(file, `${JSON.stringify(openApiDocument(), undefined, 2)}\n`)
