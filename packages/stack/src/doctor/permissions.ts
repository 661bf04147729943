import type { Check } from './context.ts'
import { error, type Judgement, ok, skipped, warning } from './finding.ts'
import { type StateFile, stateFiles } from './state-files.ts'

const OTHERS = 0o077

export const permissionsCheck: Check = {
  name: 'permissions',
  run: async ({ state }) => judgeFiles(await stateFiles(state), process.getuid?.()),
}

/**
 * `files` begins with the state directory itself; `uid` is the user's, undefined where there are none. A secret
 * that others can read is an error although the directory around it may still be closed: it need not have been
 * so all the time. Pure.
 */
export function judgeFiles(files: readonly StateFile[], uid: number | undefined): Judgement[] {
  const [root] = files
  if (!root) return [skipped('there is no state directory yet; the first start makes it for its owner only')]
  const foreign = files.filter((file) => uid !== undefined && file.uid !== uid)
  const open = files.filter((file) => (file.mode & OTHERS) !== 0)
  const judgements = [
    ...foreign.slice(0, 1).map((file) => judgeOwner(file, foreign.length, root.path)),
    ...open.map((file) => judgeOpen(file, file === root)),
  ]
  if (judgements.length > 0) return judgements
  return [ok(`${root.path} and the ${files.length - 1} files in it are for their owner only`)]
}

/** One sentence for all of them: they come from a start as another user, with sudo for instance. */
function judgeOwner(file: StateFile, count: number, root: string): Judgement {
  const others = count > 1 ? ` (and ${count - 1} more)` : ''
  return error(
    `${file.path}${others} belongs to another user (uid ${file.uid})`,
    `Give it back with: sudo chown -R "$(id -u)" '${root}'`,
  )
}

function judgeOpen({ path, kind, mode }: StateFile, isRoot: boolean): Judgement {
  const octal = mode.toString(8).padStart(4, '0')
  const may = (mode & 0o022) === 0 ? 'read' : 'change'
  const message = `others may ${may} ${path} (mode ${octal}, not ${kind === 'file' ? '0600' : '0700'})`
  const chmod = `chmod ${kind === 'file' ? 600 : 700} '${path}'`
  if (path.endsWith('.key')) {
    return error(
      message,
      `If nobody did, run: ${chmod} . Otherwise end the stack, delete the key and its .crt, and start it again: new ones are made`,
    )
  }
  return isRoot || isSecret(path) || may === 'change'
    ? error(message, `Run: ${chmod}`)
    : warning(message, `Run: ${chmod}`)
}

/** Files that let somebody in, besides private keys. */
function isSecret(path: string): boolean {
  return /(passwords\.json|\.sqlite|kubeconfig[^/]*\.yaml|\/kubeconfigs(\/[^/]+)?)$/.test(path)
}
