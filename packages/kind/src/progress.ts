/** Something that kind says while it works. */
export interface KindProgress {
  /** A step has begun, is done or has failed; `note`: a line that is no step. */
  readonly state: 'started' | 'done' | 'failed' | 'note'
  /** As in `Starting control-plane`, without kind's signs and pictures. */
  readonly message: string
}

const states = { '•': 'started', '✓': 'done', '✗': 'failed' } as const

/**
 * Reads a line that kind wrote to standard error: ` • Preparing nodes 📦  ...` as a step has begun, ` ✓ …` or
 * ` ✗ …` as it has ended (kind's pkg/internal/cli/status.go). Pure.
 *
 * @returns undefined for a line with nothing in it
 */
export function readProgress(line: string): KindProgress | undefined {
  const [, sign, text] = /^\s*([•✓✗])\s+(.*)$/u.exec(line) ?? []
  const message = withoutPictures((text ?? line).replace(/\s+\.\.\.\s*$/, ''))
  if (message === '') return undefined
  // kind marks two notes like steps: that the control plane is Ready, or was not in time.
  const isStep = sign !== undefined && (sign !== '•' || /\.\.\.\s*$/.test(line))
  return { state: isStep ? states[sign as keyof typeof states] : 'note', message }
}

function withoutPictures(text: string): string {
  return text
    .replaceAll(/[\p{Extended_Pictographic}\u{FE0F}\u{200D}]/gu, '')
    .replaceAll(/\s+/g, ' ')
    .trim()
}
