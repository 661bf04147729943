import type { AccessQuestion } from '../api/access.ts'

/** The missing permission in words. */
export function WhyNot({ question }: { question: AccessQuestion }) {
  return (
    <p>
      The permission that is missing: <strong>{sentenceOf(question)}</strong>.
    </p>
  )
}

/** `list pods in the namespace demo`. Pure. */
export function sentenceOf({ verb, group, resource, subresource, namespace, name }: AccessQuestion): string {
  const what = `${resource}${subresource ? `/${subresource}` : ''}${group ? `.${group}` : ''}`
  const which = name === undefined ? '' : ` called ${name}`
  const where = namespace === undefined ? ' in the whole cluster' : ` in the namespace ${namespace}`
  return `${verb} ${what}${which}${where}`
}
