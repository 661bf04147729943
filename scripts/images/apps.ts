import { join } from 'node:path'
import { buildPage } from '@gatehouse/console/build-page'
import { addStackFiles } from './stack.ts'

/** The image that can be a whole stack by itself. */
export const stackImage = 'stack'

/** A service that has an image of its own. */
export interface App {
  /** Its folder in `apps/`; also the image's name and the target in the Dockerfile. */
  readonly name: string
  /** What `import.meta.resolve` finds, as `@gatehouse/stack` does. */
  readonly main: string
  /** Writes what else the service has beside its bundle; returns absolute paths of the sources of that. */
  readonly addFiles?: (directory: string) => Promise<readonly string[]>
}

/**
 * Every service of a stack, and last the stack itself, whose image holds all the others; the Dockerfile has a
 * target for each (a test compares them).
 */
export const apps: readonly App[] = [
  { name: 'apiserver-proxy', main: import.meta.resolve('@gatehouse/apiserver-proxy/main') },
  {
    name: 'console',
    main: import.meta.resolve('@gatehouse/console/prebuilt'),
    addFiles: (directory) => buildPage(join(directory, 'page')),
  },
  { name: 'dex', main: import.meta.resolve('@gatehouse/dex/main') },
  { name: 'ingress-gateway', main: import.meta.resolve('@gatehouse/ingress-gateway/main') },
  { name: 'kubeconfig-generator', main: import.meta.resolve('@gatehouse/kubeconfig-generator/main') },
  { name: 'permission-controller', main: import.meta.resolve('@gatehouse/permission-controller/main') },
  {
    name: stackImage,
    main: import.meta.resolve('@gatehouse/cli/main'),
    addFiles: addStackFiles,
  },
]
