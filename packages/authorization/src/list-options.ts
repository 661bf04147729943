import { requiredFieldValue } from './field-selector.ts'
import { isInteger, isLabelSelector } from './label-selector.ts'

/** What RequestInfo takes from the options of a list. */
export interface ListOptions {
  readonly watch: boolean
  /** The object that `fieldSelector=metadata.name=…` names. */
  readonly name: string | undefined
}

/**
 * Decodes the query of a list as `metainternalversionscheme.ParameterCodec` does, as far as RequestInfo
 * looks at it. Where one option can't be decoded the name is lost, and `watch` is read from the raw
 * parameter; only `false`, any case, and `0` mean no, the empty value means yes.
 */
export function listOptions(query: ReadonlyMap<string, readonly string[]>): ListOptions {
  const first = (name: string) => query.get(name)?.[0]
  const watchValue = first('watch')
  const watch = watchValue !== undefined && watchValue !== '0' && watchValue.toLowerCase() !== 'false'
  const fieldSelector = first('fieldSelector')
  if (fieldSelector === undefined) return { watch, name: undefined }
  const name = requiredFieldValue(fieldSelector, 'metadata.name')
  const integers = [first('timeoutSeconds'), first('limit')].filter((value) => value !== undefined)
  const decodes = name !== null && integers.every(isInteger) && isLabelSelector(first('labelSelector') ?? '')
  return { watch, name: decodes && name !== undefined && isPathSegmentName(name) ? name : undefined }
}

/** `content.IsPathSegmentName`. */
function isPathSegmentName(name: string): boolean {
  return name !== '.' && name !== '..' && !name.includes('/') && !name.includes('%')
}
