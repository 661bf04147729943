import { lazy, Suspense } from 'react'
import { type AccessQuestion, useAccess } from '../api/access.ts'

const RoleAdvice = lazy(async () => ({ default: (await import('./role-advice.tsx')).RoleAdvice }))
const RBAC = 'rbac.authorization.k8s.io'

/** The missing permission in words, and, where the person may read roles, what would give it. */
export function WhyNot({ question }: { question: AccessQuestion }) {
  const list = (resource: string, namespace?: string) => ({ verb: 'list', group: RBAC, resource, namespace })
  const { allowed, isPending } = useAccess([
    list('clusterroles'),
    list('clusterrolebindings'),
    list('roles', question.namespace),
    list('rolebindings', question.namespace),
  ])
  return (
    <>
      <p>
        The permission that is missing: <strong>{sentenceOf(question)}</strong>.
      </p>
      {allowed.every(Boolean) ? (
        <Suspense>
          <RoleAdvice question={question} />
        </Suspense>
      ) : (
        !isPending && (
          <p>
            Which role would give it can not be said, since you may not read the roles of this cluster. Ask
            its administrator for it in these words.
          </p>
        )
      )}
    </>
  )
}

/** `list pods in the namespace demo`. Pure. */
export function sentenceOf({ verb, group, resource, subresource, namespace, name }: AccessQuestion): string {
  const what = `${resource}${subresource ? `/${subresource}` : ''}${group ? `.${group}` : ''}`
  const which = name === undefined ? '' : ` called ${name}`
  const where = namespace === undefined ? ' in the whole cluster' : ` in the namespace ${namespace}`
  return `${verb} ${what}${which}${where}`
}
