import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'

/**
 * The JSON objects of a log whose text holds `text`, in their order. A line that is still being written and lines
 * that are no JSON are left out; a file that is not there has none.
 */
export async function* objectsIn(file: string, text: string, signal: AbortSignal): AsyncGenerator {
  const stream = createReadStream(file, { signal })
  try {
    for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) {
      if (!line.startsWith('{') || !line.includes(text)) continue
      const value = parse(line)
      if (value !== undefined) yield value
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  } finally {
    stream.destroy()
  }
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
