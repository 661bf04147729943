import { textLines } from './text-lines.ts'

/** Each line of a streamed answer as JSON; ends when the answer does. */
export async function* jsonLines<T>(body: ReadableStream<Uint8Array>): AsyncGenerator<T> {
  for await (const line of textLines(body)) if (line.trim() !== '') yield JSON.parse(line) as T
}
