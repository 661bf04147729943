import type { Report } from './progress.ts'

/** Linking is what remains when the last package is compiled. */
const compiled = 0.95

/**
 * Reads the lines of `go build -v` and reports them as steps. Go compiles packages in about the order in which
 * `go list -deps` names them, and prints only those that its build cache lacks; so the place of the printed
 * package in that order tells how far the build is, after an interruption too.
 *
 * @returns a function that takes a line and tells whether it was one of progress
 */
export function createBuildProgress(
  dependencies: readonly string[],
  report: Report,
): (line: string) => boolean {
  const places = new Map(dependencies.map((name, index) => [name, index + 1]))
  let furthest = 0
  return (line) => {
    if (isModuleDownload(line)) {
      report({ phase: 'build', message: line.replace(/^go: downloading /, 'fetching module ') })
      return true
    }
    const place = places.get(line)
    if (place === undefined) return false
    furthest = Math.max(furthest, place)
    report({ phase: 'build', fraction: (compiled * furthest) / places.size, message: `compiling ${line}` })
    return true
  }
}

/** Whether go says that it fetches a module: `go: downloading k8s.io/api v0.37.2`. */
export function isModuleDownload(line: string): boolean {
  return line.startsWith('go: downloading ')
}
