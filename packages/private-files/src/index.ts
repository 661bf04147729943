export { PrivateFilesError, type PrivateFilesErrorCode } from './errors.ts'
export { withLock } from './lock.ts'
export { ownFile } from './own-file.ts'
export {
  type DirectoryFacts,
  makePrivateDirectory,
  type Owner,
  problemWithDirectory,
  problemWithParent,
} from './private-directory.ts'
export { writePrivateFile } from './write-private-file.ts'
