import { basename, isAbsolute, relative, sep } from 'node:path'
import { pathToFileURL } from 'node:url'

/** A place in a file, as code scanning wants it. */
export interface Location {
  /** Relative to the repository where the file is in it, else a file URL. */
  readonly uri: string
  readonly line: number | undefined
}

/**
 * Where an expectation stands. `rule` is FILE:LINE with the name of `file` alone, or empty for a default; `root` is
 * the directory that paths are relative to. Pure.
 */
export function locationOf(rule: string, file: string, root: string): Location {
  const match = /^(.*?):(\d+)(?::\d+)?$/.exec(rule)
  const isThisFile = match === null || match[1] === basename(file)
  return { uri: uriOf(isThisFile ? file : match[1]!, root), line: match ? Number(match[2]) : undefined }
}

function uriOf(file: string, root: string): string {
  const path = isAbsolute(file) ? relative(root, file) : file
  if (path.startsWith('..') || isAbsolute(path)) return pathToFileURL(file).href
  return path.split(sep).map(encodeURIComponent).join('/')
}
