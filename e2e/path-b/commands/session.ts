import { expect } from 'vitest'
import { parse } from 'yaml'
import { type Command, inNamespace } from './command.ts'

/** kubectl's own matters, and what the API server tells everybody. */
function general(args: readonly string[], shows: string | RegExp): Command {
  return {
    about: 'nothing',
    asks: () => [],
    run: ({ terminal }) => terminal.kubectl(...args),
    effect: async (_, { stdout }) => {
      expect(stdout).toMatch(shows)
    },
  }
}

const configView: Command = {
  ...general(['config', 'view'], ''),
  effect: async ({ cell, stack }, { stdout }) => {
    const config = parse(stdout) as {
      clusters: { cluster: { server: string } }[]
      users: { name: string; user: { token: string } }[]
    }
    expect(config.clusters.map(({ cluster }) => cluster.server)).toEqual([
      stack.status.urls['apiserver-proxy'],
    ])
    expect(config.users).toMatchObject([
      { name: expect.stringContaining(`${cell.email}@gatehouse`), user: { token: 'REDACTED' } },
    ])
  },
}

const whoami: Command = {
  ...general(['auth', 'whoami', '-o', 'json'], ''),
  effect: async ({ cell, stack }, { stdout }) => {
    const groups = stack.status.people.find(({ email }) => email === cell.email)!.groups
    const answer = JSON.parse(stdout) as { status: { userInfo: object } }
    expect(answer.status.userInfo).toMatchObject({
      username: cell.email,
      groups: [...groups, 'system:authenticated'],
    })
  },
}

const clusterInfo: Command = {
  ...general(['cluster-info'], /Kubernetes control plane.* is running at/),
  asks: () => [{ verb: 'list', resource: 'services', namespace: 'kube-system' }],
}

/** The resource is a path. */
const getRaw: Command = {
  about: 'nothing',
  asks: (path) => [{ verb: 'get', path }],
  run: ({ cell, terminal }) => terminal.kubectl('get', '--raw', cell.resource),
  effect: async (_, { stdout }) => {
    expect(stdout.length).toBeGreaterThan(50)
  },
}

/**
 * Allowed means yes. About what is in no namespace kubectl asks as if it were in the current one, where an
 * admin of it may do everything, unless it is told to ask for all.
 */
function canI(verb: string): Command {
  return {
    about: 'nothing',
    asks: () => [],
    run: ({ cell, terminal, namespace }) =>
      terminal.kubectl(
        'auth',
        'can-i',
        verb,
        cell.resource,
        ...(namespace === undefined ? ['--all-namespaces'] : inNamespace(namespace)),
      ),
    effect: async (_, { stdout }) => {
      expect(stdout.trim()).toBe('yes')
    },
  }
}

export const sessionCommands = {
  'config view': configView,
  'auth whoami': whoami,
  'auth can-i --list': general(['auth', 'can-i', '--list'], 'selfsubjectaccessreviews.authorization.k8s.io'),
  version: general(['version'], /Server Version: v1\./),
  'api-versions': general(['api-versions'], /^apps\/v1$/m),
  'api-resources': general(['api-resources', '-o', 'name'], /^deployments\.apps$/m),
  'get --raw': getRaw,
  'cluster-info': clusterInfo,
  'auth can-i get': canI('get'),
  'auth can-i list': canI('list'),
  'auth can-i create': canI('create'),
  'auth can-i delete': canI('delete'),
}
