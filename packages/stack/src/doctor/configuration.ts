import { access } from 'node:fs/promises'
import { resolve } from 'node:path'
import { ConfigurationError } from '@gatehouse/server/errors'
import type { Check } from './context.ts'
import { error, type Judgement, ok } from './finding.ts'

export const configurationCheck: Check = {
  name: 'configuration',
  run: async ({ configuration, configurationFile, directory }) => {
    if (configuration instanceof ConfigurationError) return judgeProblems(configuration)
    const file = resolve(directory, configurationFile ?? 'gatehouse.yaml')
    const exists = await access(file).then(
      () => true,
      () => false,
    )
    return [ok(exists ? `${file} is valid` : `there is no ${file}, so the defaults hold`)]
  },
}

/** One finding per problem. Pure. */
function judgeProblems({ file, problems }: ConfigurationError): Judgement[] {
  return problems.map(({ path, message }) =>
    error(
      [file, path, message].filter(Boolean).join(': '),
      'Correct it; docs/configuration.md lists every setting. Until then "gatehouse up" starts nothing',
    ),
  )
}
