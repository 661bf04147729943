import { rights } from '@gatehouse/permission-controller/rights'
import { namespaceBindings, systemNamespaces } from '@gatehouse/personas'
import type { Manifest } from '../manifests.ts'
import type { Ports } from '../ports.ts'
import type { Service } from './service.ts'

/** The user that the controller is at the API server. */
export const PERMISSION_CONTROLLER_USER = 'gatehouse:permission-controller'

const settings = () => ({
  bindings: namespaceBindings().map((binding) => ({ ...binding })),
  retiredBindings: [],
  excludedNamespaces: [...systemNamespaces],
})

/** The rights that the controller needs, as objects to apply. Pure. */
export function permissionControllerAccess(): Manifest[] {
  return rights(settings(), { kind: 'User', name: PERMISSION_CONTROLLER_USER })
}

/** The controller that binds groups in every namespace but the system's. Pure. */
export function permissionControllerService(options: { ports: Ports; kubeconfig: string }): Service {
  return {
    name: 'permission-controller',
    main: import.meta.resolve('@gatehouse/permission-controller/main'),
    operationsPort: options.ports.permissionControllerOperations,
    configuration: {
      kubeconfig: options.kubeconfig,
      operations: { host: '127.0.0.1', port: options.ports.permissionControllerOperations },
      ...settings(),
    },
  }
}
