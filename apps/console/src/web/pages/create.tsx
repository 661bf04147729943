import { Button, Flex } from '@patternfly/react-core'
import { useMutation } from '@tanstack/react-query'
import { getRouteApi, useNavigate, useRouter } from '@tanstack/react-router'
import { useState } from 'react'
import { useDiscovery } from '../api/discovery.ts'
import type { KubernetesObject } from '../api/objects.ts'
import {
  apiVersionOf,
  collectionPath,
  groupInAddress,
  groupOfAddress,
  type ResourceType,
} from '../api/resource-type.ts'
import { Page } from '../components/page.tsx'
import { ProblemAlert } from '../components/problem.tsx'
import { WithResourceType } from '../components/with-resource-type.tsx'
import { YamlEditor } from '../components/yaml-editor.tsx'
import { useConsole } from '../console-context.ts'
import { FIELD_MANAGER } from '../object/save.ts'
import { templateOf } from '../object/template.ts'
import { parseYaml, toYaml } from '../object/yaml.ts'
import { useNamespace } from '../shell/use-namespace.ts'

const route = getRouteApi('/create/$group/$version/$resource')

export function CreatePage() {
  const { group, resource } = route.useParams()
  return (
    <WithResourceType group={groupOfAddress(group)} resource={resource}>
      {(type) => <CreateForm type={type} />}
    </WithResourceType>
  )
}

function CreateForm({ type }: { type: ResourceType }) {
  const { api } = useConsole()
  const { namespace } = useNamespace()
  const { data: types = [] } = useDiscovery()
  const navigate = useNavigate()
  const router = useRouter()
  const [text, setText] = useState(() => toYaml(templateOf(type, namespace)))
  const create = useMutation({
    mutationFn: async () => {
      const parsed = parseYaml(text)
      if ('problem' in parsed) throw new Error(parsed.problem)
      const { object } = parsed
      const target = types.find((one) => one.kind === object.kind && apiVersionOf(one) === object.apiVersion)
      if (!target) throw new Error(`the cluster serves no ${object.kind} of ${object.apiVersion}`)
      const where = target.namespaced ? (object.metadata.namespace ?? namespace ?? 'default') : undefined
      const path = `${collectionPath(target, where)}?fieldManager=${FIELD_MANAGER}`
      return { target, created: await api.json<KubernetesObject>(path, { method: 'POST', body: object }) }
    },
    onSuccess: async ({ target, created: { metadata } }) => {
      const params = {
        group: groupInAddress(target.group),
        version: target.version,
        resource: target.resource,
      }
      if (metadata.namespace === undefined) {
        await navigate({
          to: '/resources/$group/$version/$resource/$name',
          params: { ...params, name: metadata.name },
        })
      } else {
        await navigate({
          to: '/resources/$group/$version/$resource/$objectNamespace/$name',
          params: { ...params, objectNamespace: metadata.namespace, name: metadata.name },
        })
      }
    },
    retry: false,
  })
  return (
    <Page title={`Create ${type.kind}`} name="create">
      {create.error && <ProblemAlert title="Nothing was created" error={create.error} />}
      <YamlEditor label="YAML" value={text} onChange={setText} />
      <Flex className="gh-space-above">
        <Button onClick={() => create.mutate()} isLoading={create.isPending} isDisabled={create.isPending}>
          Create
        </Button>
        <Button variant="link" onClick={() => router.history.back()}>
          Cancel
        </Button>
      </Flex>
    </Page>
  )
}
