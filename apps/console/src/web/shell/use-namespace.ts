import { getRouteApi, useNavigate } from '@tanstack/react-router'

const root = getRouteApi('__root__')

/** The namespace of the address (`?namespace=`), which every page shares; none means all of them. */
export function useNamespace(): {
  readonly namespace: string | undefined
  readonly choose: (namespace: string | undefined) => void
} {
  const { namespace } = root.useSearch()
  const navigate = useNavigate()
  return {
    namespace,
    choose: (chosen) => void navigate({ to: '.', search: (before) => ({ ...before, namespace: chosen }) }),
  }
}
