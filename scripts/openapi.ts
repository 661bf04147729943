import { writeFile } from 'node:fs/promises'
import { openApiDocument as dexTestPowers } from '@gatehouse/dex-test-powers'
import { openApiDocument as kubeconfigGenerator } from '@gatehouse/kubeconfig-generator/openapi'

// Writes the OpenAPI documents in docs; the tests of what they describe compare them.
const documents = {
  'dex-test-powers': dexTestPowers(),
  'kubeconfig-generator': kubeconfigGenerator(),
}
for (const [name, document] of Object.entries(documents)) {
  const file = new URL(`../docs/${name}.openapi.json`, import.meta.url)
  await writeFile(file, `${JSON.stringify(document, undefined, 2)}\n`)
}
