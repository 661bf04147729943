import { choosePorts } from '../src/ports.ts'
import { createStateDirectory, stateDirectory } from '../src/state-directory.ts'

// Chooses ports as a stack of its own would, says which, and lives until its input ends.
const [root, name, wanted] = process.argv.slice(2)
const state = stateDirectory(root!, name!)
await createStateDirectory(state)
console.log(JSON.stringify(await choosePorts(state, { dex: Number(wanted) })))
process.stdin.resume()
