/** Each line of a streamed answer, without its end; ends when the answer does. One without an end is cut at `longest`. */
export async function* textLines(
  body: ReadableStream<Uint8Array>,
  longest = Infinity,
): AsyncGenerator<string> {
  const reader = body
    .pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)
    .getReader()
  let rest = ''
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) break
      const lines = (rest + value).split('\n')
      rest = lines.pop() ?? ''
      yield* lines
      for (; rest.length > longest; rest = rest.slice(longest)) yield rest.slice(0, longest)
    }
    if (rest !== '') yield rest
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}
