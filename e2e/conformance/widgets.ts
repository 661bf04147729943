import type { Cell } from '@gatehouse/conformance'
import { expect } from 'vitest'

const GROUP = 'shop.example'

/** A resource that no Kubernetes has, with subresources, and an object of it must have a size. */
export const widgetDefinition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `widgets.${GROUP}` },
  spec: {
    group: GROUP,
    scope: 'Namespaced',
    names: { plural: 'widgets', singular: 'widget', kind: 'Widget' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: {
          status: {},
          scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' },
        },
        schema: {
          openAPIV3Schema: {
            type: 'object',
            required: ['spec'],
            properties: {
              spec: {
                type: 'object',
                required: ['size'],
                properties: {
                  size: { type: 'string', enum: ['small', 'large'] },
                  replicas: { type: 'integer' },
                },
              },
              status: { type: 'object', properties: { replicas: { type: 'integer' } } },
            },
          },
        },
      },
    ],
  },
}

/** Every verb of widgets and of their subresources was tried, and a widget that is made is a valid one. */
export function requireWidgetsAsked(cells: readonly Cell[]): void {
  const widgets = cells.filter(({ group }) => group === GROUP)
  const verbsOf = (of: string) =>
    new Set(widgets.filter(({ subresource }) => subresource === of).map(({ verb }) => verb))
  expect(verbsOf('')).toEqual(
    new Set(['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection']),
  )
  for (const subresource of ['status', 'scale'])
    expect(verbsOf(subresource)).toEqual(new Set(['get', 'update', 'patch']))
  for (const path of ['direct', 'proxy']) {
    const made = widgets.filter(
      (cell) => cell.path === path && cell.persona === 'admin' && cell.verb === 'create',
    )
    expect(new Set(made.map(({ actual }) => actual.evidence.status))).toEqual(new Set([201]))
  }
}
