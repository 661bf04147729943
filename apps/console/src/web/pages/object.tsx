import { Bullseye, Label, Spinner, Tab, Tabs, TabTitleText } from '@patternfly/react-core'
import { getRouteApi } from '@tanstack/react-router'
import { useState } from 'react'
import { aboutObject } from '../api/access.ts'
import { ApiError } from '../api/errors.ts'
import { groupOfAddress, type ObjectPlace, type ResourceType } from '../api/resource-type.ts'
import { Denied } from '../components/denied.tsx'
import { Page } from '../components/page.tsx'
import { ProblemAlert, ProblemPage } from '../components/problem.tsx'
import { WithResourceType } from '../components/with-resource-type.tsx'
import { Actions } from '../object/actions.tsx'
import { useTabs } from '../object/tabs.tsx'
import { useLiveObject } from '../object/use-live-object.ts'

const clusterRoute = getRouteApi('/resources/$group/$version/$resource/$name')
const namespacedRoute = getRouteApi('/resources/$group/$version/$resource/$objectNamespace/$name')

export function ClusterObjectPage() {
  const { group, resource, name } = clusterRoute.useParams()
  return (
    <WithResourceType group={groupOfAddress(group)} resource={resource}>
      {(type) => <ObjectPage key={name} type={type} place={{ name }} />}
    </WithResourceType>
  )
}

export function NamespacedObjectPage() {
  const { group, resource, objectNamespace, name } = namespacedRoute.useParams()
  return (
    <WithResourceType group={groupOfAddress(group)} resource={resource}>
      {(type) => (
        <ObjectPage
          key={`${objectNamespace}/${name}`}
          type={type}
          place={{ namespace: objectNamespace, name }}
        />
      )}
    </WithResourceType>
  )
}

function ObjectPage({ type, place }: { type: ResourceType; place: ObjectPlace }) {
  const { data: object, error, refetch } = useLiveObject(type, place)
  const { tabs, isPending } = useTabs(type, place)
  const [active, setActive] = useState<string>('details')
  const title = `${type.kind} ${place.name}`
  if (!object) {
    return (
      <Page title={title} name="object">
        {error instanceof ApiError && error.code === 403 ? (
          <Denied question={{ verb: 'get', ...aboutObject(type, place) }} message={error.message} />
        ) : error ? (
          <ProblemPage error={error} onRetry={() => void refetch()} />
        ) : (
          <Bullseye>
            <Spinner aria-label="Loading" />
          </Bullseye>
        )}
      </Page>
    )
  }
  return (
    <Page title={title} name="object" actions={<Actions type={type} place={place} object={object} />}>
      {object.metadata.deletionTimestamp !== undefined && <Label color="orange">Being deleted</Label>}
      {error && <ProblemAlert title="What you see may be old" error={error} />}
      <Tabs
        activeKey={active}
        onSelect={(_, key) => setActive(String(key))}
        aria-label={`About ${title}`}
        data-pending={isPending}
        mountOnEnter
        unmountOnExit
      >
        {tabs.map(({ id, title: tabTitle, Content }) => (
          <Tab key={id} eventKey={id} title={<TabTitleText>{tabTitle}</TabTitleText>} data-tab={id}>
            <Content type={type} place={place} object={object} />
          </Tab>
        ))}
      </Tabs>
    </Page>
  )
}
