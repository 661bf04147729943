/** A line of a container's log. */
export interface LogLine {
  /** RFC 3339; empty where the runtime gave none. */
  readonly time: string
  readonly text: string
}

const TIMED = /^(\d{4}-\d\d-\d\dT\S+) (.*)$/
const ESCAPE = String.fromCharCode(27)
/** Colours and the like (ECMA-48 §5.4), which are for terminals. */
const CONTROL_SEQUENCE = new RegExp(String.raw`${ESCAPE}\[[0-?]*[ -/]*[@-~]`, 'g')

/** A line as the API sends it with `timestamps=true`. Pure. */
export function logLineOf(line: string): LogLine {
  const [, time = '', text = line] = TIMED.exec(line) ?? []
  return { time, text: text.replaceAll(CONTROL_SEQUENCE, '').replace(/\r$/, '') }
}

/** Lines in pieces that, once full, stay the same, so that a page draws only the last one anew. */
export interface LogPieces {
  readonly pieces: readonly (readonly LogLine[])[]
  /** How many lines have gone from the beginning. */
  readonly dropped: number
}

export const NO_LINES: LogPieces = { pieces: [], dropped: 0 }
const PIECE = 200
const MOST_PIECES = 50

/** The log with `lines` at its end; the oldest go when there are too many. Pure. */
export function appendLines({ pieces, dropped }: LogPieces, lines: readonly LogLine[]): LogPieces {
  const next = [...pieces]
  const last = next.at(-1)
  let rest = lines
  if (last && last.length < PIECE) {
    const room = PIECE - last.length
    next[next.length - 1] = [...last, ...rest.slice(0, room)]
    rest = rest.slice(room)
  }
  for (let index = 0; index < rest.length; index += PIECE) next.push(rest.slice(index, index + PIECE))
  const gone = next.splice(0, Math.max(0, next.length - MOST_PIECES))
  return { pieces: next, dropped: dropped + gone.reduce((sum, piece) => sum + piece.length, 0) }
}
