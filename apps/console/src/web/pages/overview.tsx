import { Card, CardBody, CardTitle, Content, Gallery, GalleryItem } from '@patternfly/react-core'
import { Link } from '@tanstack/react-router'
import { useQuery } from '@tanstack/react-query'
import { useAccess } from '../api/access.ts'
import { useResourceType } from '../api/discovery.ts'
import { collectionPath, groupInAddress, pluralTitle, type ResourceType } from '../api/resource-type.ts'
import { Fields } from '../components/fields.tsx'
import { Page } from '../components/page.tsx'
import { duration, useNow } from '../components/time.tsx'
import { useConsole } from '../console-context.ts'
import { NamespacePicker } from '../shell/namespace-picker.tsx'
import { useKnownNamespaces } from '../shell/namespaces.ts'
import { useNamespace } from '../shell/use-namespace.ts'

const COUNTED = [
  ['', 'namespaces'],
  ['', 'nodes'],
  ['apps', 'deployments'],
  ['', 'pods'],
  ['', 'services'],
  ['', 'configmaps'],
] as const

/** The first page: the cluster, the person, and how much there is of what they may see. */
export function OverviewPage() {
  const { namespace } = useNamespace()
  return (
    <Page title={namespace === undefined ? 'Overview' : `Overview of ${namespace}`} name="overview">
      <div className="gh-cards">
        <Cluster />
        <NamespaceHint />
        <Gallery hasGutter minWidths={{ default: '180px' }}>
          {COUNTED.map(([group, resource]) => (
            <Count key={resource} group={group} resource={resource} />
          ))}
        </Gallery>
      </div>
    </Page>
  )
}

function Cluster() {
  const { api, configuration, identity } = useConsole()
  const { data } = useQuery({
    queryKey: ['version'],
    queryFn: ({ signal }) => api.json<{ gitVersion: string }>('/version', { signal }),
    staleTime: 300_000,
  })
  const now = useNow()
  return (
    <Card>
      <CardTitle component="h2">{configuration.cluster}</CardTitle>
      <CardBody>
        <Fields
          fields={[
            ['Kubernetes', data && <span data-volatile>{data.gitVersion}</span>],
            ['API', <span data-volatile>{configuration.apiServer}</span>],
            [
              'You',
              `${identity.email}${identity.groups.length > 0 ? `, ${identity.groups.join(', ')}` : ', in no group'}`,
            ],
            ['Session', <span data-volatile>{duration(Math.max(0, identity.expiresAt - now))} left</span>],
          ]}
        />
      </CardBody>
    </Card>
  )
}

/** Who may not list namespaces is told how to get on. */
function NamespaceHint() {
  const { namespace } = useNamespace()
  const { mayList, isPending } = useKnownNamespaces()
  if (namespace !== undefined || mayList || isPending) return null
  return (
    <Card data-page="no-namespace">
      <CardTitle component="h2">Where do you work?</CardTitle>
      <CardBody>
        <Content component="p">
          You may not list the namespaces of this cluster. Type the name of one in which you work.
        </Content>
        <NamespacePicker />
      </CardBody>
    </Card>
  )
}

function Count({ group, resource }: { group: string; resource: string }) {
  const type = useResourceType(group, resource)
  const { namespace } = useNamespace()
  const scope = type?.namespaced ? namespace : undefined
  const { allowed } = useAccess(type ? [{ verb: 'list', group, resource, namespace: scope }] : [])
  if (!type || !allowed[0]) return null
  return <CountCard type={type} namespace={scope} />
}

interface Counted {
  readonly items: readonly unknown[]
  readonly metadata: { readonly remainingItemCount?: number }
}

/** A list of one, and the server says how many more there are. */
function CountCard({ type, namespace }: { type: ResourceType; namespace: string | undefined }) {
  const { api } = useConsole()
  const path = collectionPath(type, namespace)
  const { data } = useQuery({
    queryKey: ['count', path],
    queryFn: async ({ signal }) => {
      const { items, metadata } = await api.json<Counted>(`${path}?limit=1`, { signal })
      return items.length + (metadata.remainingItemCount ?? 0)
    },
    refetchInterval: 10_000,
  })
  return (
    <GalleryItem>
      <Card isCompact data-count-of={type.resource}>
        <CardTitle component="h3">
          <Link
            to="/resources/$group/$version/$resource"
            params={{ group: groupInAddress(type.group), version: type.version, resource: type.resource }}
          >
            {pluralTitle(type)}
          </Link>
        </CardTitle>
        <CardBody className="gh-number">{data ?? '…'}</CardBody>
      </Card>
    </GalleryItem>
  )
}
