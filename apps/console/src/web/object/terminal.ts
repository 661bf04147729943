import '@xterm/xterm/css/xterm.css'
import { FitAddon } from '@xterm/addon-fit'
import { Terminal } from '@xterm/xterm'

/** A terminal on the page. */
export interface PageTerminal extends Disposable {
  readonly write: (bytes: Uint8Array) => void
  readonly columns: () => number
  readonly rows: () => number
  readonly focus: () => void
  /** Takes no more input; what was written stays to be read. */
  readonly stop: () => void
}

export interface TerminalOptions {
  readonly onInput: (text: string) => void
  readonly onResize: (columns: number, rows: number) => void
}

/** Puts a terminal into `box` that is as large as its box. */
export function openTerminal(box: HTMLElement, { onInput, onResize }: TerminalOptions): PageTerminal {
  const terminal = new Terminal({
    fontFamily: getComputedStyle(box).fontFamily,
    fontSize: 14,
    cursorBlink: true,
    screenReaderMode: true,
    // Links in the output (OSC 8) are somebody else's text.
    linkHandler: { activate: () => undefined },
  })
  const fit = new FitAddon()
  terminal.loadAddon(fit)
  terminal.attachCustomKeyEventHandler((event) => {
    // Tab belongs to the shell, so there is another way out for the keyboard.
    if (event.ctrlKey && event.key === 'F6') terminal.blur()
    return !(event.ctrlKey && event.key === 'F6')
  })
  terminal.open(box)
  fit.fit()
  const input = terminal.onData(onInput)
  terminal.onResize(({ cols, rows }) => onResize(cols, rows))
  const resizing = new ResizeObserver(() => fit.fit())
  resizing.observe(box)
  return {
    write: (bytes) => terminal.write(bytes),
    columns: () => terminal.cols,
    rows: () => terminal.rows,
    focus: () => terminal.focus(),
    stop() {
      input.dispose()
      terminal.options.disableStdin = true
      terminal.options.cursorBlink = false
    },
    [Symbol.dispose]() {
      resizing.disconnect()
      terminal.dispose()
    },
  }
}
