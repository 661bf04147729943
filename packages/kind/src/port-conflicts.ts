interface Mapping {
  readonly hostPort?: number | undefined
  readonly listenAddress?: string | undefined
  readonly protocol?: string | undefined
}

interface Conflict {
  readonly path: readonly (string | number)[]
  readonly message: string
}

const wildcards = new Set(['0.0.0.0', '::'])

/**
 * Finds port mappings that want the same address and port. Go, and with it kind, takes 0.0.0.0 and :: for the
 * same; kind looks at each node alone, but two nodes can't have the same port of the host either. Pure.
 */
export function findPortConflicts(
  nodes: readonly { readonly extraPortMappings?: readonly Mapping[] | undefined }[],
): Conflict[] {
  const earlier: { readonly path: string; readonly key: string; readonly address: string }[] = []
  const conflicts: Conflict[] = []
  for (const [nodeIndex, { extraPortMappings = [] }] of nodes.entries()) {
    for (const [index, mapping] of extraPortMappings.entries()) {
      const { hostPort = 0, listenAddress = '0.0.0.0', protocol = 'TCP' } = mapping
      if (hostPort <= 0) continue
      const key = `${hostPort}/${protocol}`
      const first = earlier.find(
        ({ key: other, address }) => other === key && overlap(address, listenAddress),
      )
      if (first) {
        const path = ['nodes', nodeIndex, 'extraPortMappings', index]
        conflicts.push({ path, message: `wants ${listenAddress}:${key}, which ${first.path} has` })
      }
      earlier.push({
        path: `nodes[${nodeIndex}].extraPortMappings[${index}]`,
        key,
        address: listenAddress,
      })
    }
  }
  return conflicts
}

function overlap(one: string, other: string): boolean {
  return one === other || wildcards.has(one) || wildcards.has(other)
}
