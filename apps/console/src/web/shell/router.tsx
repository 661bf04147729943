import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  retainSearchParams,
  RouterProvider,
} from '@tanstack/react-router'
import { NotFoundPage, RenderFailure } from '../pages/not-found.tsx'
import { OverviewPage } from '../pages/overview.tsx'
import { Layout } from './layout.tsx'

/** A DNS label (RFC 1123); anything else in the address is nobody's namespace. */
const NAMESPACE = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/

interface Search {
  readonly namespace?: string | undefined
}

const rootRoute = createRootRoute({
  component: Layout,
  notFoundComponent: NotFoundPage,
  errorComponent: RenderFailure,
  validateSearch: ({ namespace }: Record<string, unknown>): Search =>
    typeof namespace === 'string' && NAMESPACE.test(namespace) ? { namespace } : {},
  search: { middlewares: [retainSearchParams(['namespace'])] },
})

const routes = [
  createRoute({ getParentRoute: () => rootRoute, path: '/', component: OverviewPage }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/resources/$group/$version/$resource',
    component: lazyRouteComponent(() => import('../pages/list.tsx'), 'ListPage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/resources/$group/$version/$resource/$name',
    component: lazyRouteComponent(() => import('../pages/object.tsx'), 'ClusterObjectPage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/resources/$group/$version/$resource/$objectNamespace/$name',
    component: lazyRouteComponent(() => import('../pages/object.tsx'), 'NamespacedObjectPage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/create/$group/$version/$resource',
    component: lazyRouteComponent(() => import('../pages/create.tsx'), 'CreatePage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/kinds',
    component: lazyRouteComponent(() => import('../pages/kinds.tsx'), 'KindsPage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/access',
    component: lazyRouteComponent(() => import('../pages/access.tsx'), 'AccessPage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/administration',
    component: lazyRouteComponent(() => import('../pages/administration.tsx'), 'AdministrationPage'),
  }),
]

const router = createRouter({
  routeTree: rootRoute.addChildren(routes),
  defaultPreload: 'intent',
  defaultErrorComponent: RenderFailure,
  // What stands in the address is text, not JSON: `?namespace=1` is the namespace "1".
  parseSearch: (search) => Object.fromEntries(new URLSearchParams(search)),
  stringifySearch: (search) => {
    const entries = Object.entries(search).filter(([, value]) => value !== undefined && value !== '')
    const text = new URLSearchParams(entries as [string, string][]).toString()
    return text && `?${text}`
  },
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}

export function Router() {
  return <RouterProvider router={router} />
}
