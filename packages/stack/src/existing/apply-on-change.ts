import { nameOf } from '@gatehouse/cluster'
import type { Composition } from '../composition.ts'
import { watchPaths } from '../watch-paths.ts'
import type { OpenedCluster } from './open.ts'
import { readRemembered } from './remembered.ts'
import { wantedObjects } from './wanted-objects.ts'

/** Writes what changed in the user's manifests when they are saved, where that was allowed; else says what differs. */
export function applyOnChange({ cluster }: OpenedCluster, composition: Composition): Disposable {
  const { configuration, name, state, signal, onNotice } = composition
  const apply = async () => {
    try {
      const plan = await cluster.plan(await wantedObjects(configuration, name), undefined, signal)
      const names = plan.writes.map(({ object }) => nameOf(object)).join(', ')
      if (names === '') return
      if (!composition.write || plan.foreign.length > 0 || plan.missingRights.length > 0) {
        onNotice?.(`not written to the cluster: ${names}; "gatehouse up --write" would say what that takes`)
        return
      }
      const remembered = await readRemembered(state)
      await cluster.write(plan, remembered?.id ?? '', signal)
      onNotice?.(`written to the cluster: ${names}`)
    } catch (error) {
      if (!signal.aborted) onNotice?.((error as Error).message)
    }
  }
  return watchPaths(configuration.manifests, () => void apply())
}
