import { BinariesError } from './errors.ts'
import { type Plan, pathVariable } from './plan.ts'

/** A step that did not lead to the executable, and why. */
export interface Attempt {
  readonly step: string
  readonly outcome: string
}

/** The error that ends a search in vain: all that was tried, and all that would help. */
export function unavailable({ name, version, download }: Plan, attempts: readonly Attempt[]): BinariesError {
  const variable = pathVariable(name)
  const given = attempts.length > 0 && attempts[0]?.step !== 'cache'
  const tried = [
    ...(given ? [] : [{ step: 'given path', outcome: `neither ${variable} nor KUBEBUILDER_ASSETS is set` }]),
    ...attempts,
  ]
  const message = [
    `${name} ${version} could not be found, downloaded or built.`,
    'Tried:',
    ...tried.map(({ step, outcome }) => `  ${step}: ${outcome.replaceAll('\n', '\n    ')}`),
    'Any one of these helps:',
    '  - install Go 1.26 or later; it is then built (once, some minutes)',
    `  - set ${variable} to the path of a ${name} ${version}`,
    ...('refused' in download
      ? ['  - pin checksums, so that it is downloaded: see "Checksums" in packages/binaries/README.md']
      : []),
  ].join('\n')
  return new BinariesError('ERR_UNAVAILABLE', message, { binary: name })
}
