import { stripVTControlCharacters } from 'node:util'
import { assert, constantFrom, oneof, property, string } from 'fast-check'
import { expect, test } from 'vitest'
import { printable, printableLines } from '../src/printable.ts'

test.each([
  ["a terminal's command", 'a\u001b[31mb', String.raw`a\u001b[31mb`],
  ['the same in one character', 'a\u009b31mb', String.raw`a\u009b31mb`],
  ['a line break', 'a\r\nb', String.raw`a\u000d\u000ab`],
  ['a line break of Unicode', 'a\u2028b\u2029', String.raw`a\u2028b\u2029`],
  ['another direction of writing', 'a\u202eb\u2066c\u200f', String.raw`a\u202eb\u2066c\u200f`],
  ['a character without width', 'admin\u200b\u2060\ufeff', String.raw`admin\u200b\u2060\ufeff`],
  ['a filler that looks like a space', 'a\u3164b\u115f', String.raw`a\u3164b\u115f`],
  ['a tag, which no font draws', 'a\u{e0041}', String.raw`a\udb40\udc41`],
  ['half a pair', 'a\ud800b', String.raw`a\ud800b`],
])('%s is shown as an escape', (_what, text, shown) => {
  expect(printable(text)).toBe(shown)
})

test('what can be seen stays as it is, in every script', () => {
  const text = 'admin@kyma.cx “Jürgen” שלום مرحبا 日本語 👩 ✗ \\ "'
  expect(printable(text)).toBe(text)
})

test('line breaks and tabs of several lines stay, and nothing else that is not seen', () => {
  expect(printableLines('a\tb\r\n\u001bc\u202e\n')).toBe('a\tb\\u000d\n\\u001bc\\u202e\n')
})

/** Any text, with much of what is escaped in it. */
const text = string({
  unit: oneof(
    string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    constantFrom(
      '\n',
      '\t',
      '\u001b[2K',
      '\u009b',
      '\u200d',
      '\u202e',
      '\u2069',
      '\ufeff',
      '\ud800',
      '\u{e0041}',
    ),
  ),
})

/** Said apart from the code's own pattern, by the blocks of the Unicode standard. */
function isUnseen(code: number): boolean {
  const blocks = [
    [0x00, 0x1f],
    [0x7f, 0x9f],
    [0x200b, 0x200f],
    [0x2028, 0x202e],
    [0x2060, 0x206f],
    [0xd800, 0xdfff],
    [0xfe00, 0xfe0f],
    [0xfeff, 0xfeff],
    [0xfff9, 0xfffb],
    [0xe0000, 0xe0fff],
  ] as const
  return blocks.some(([first, last]) => code >= first && code <= last)
}

test('whatever is given, nothing is left that a terminal obeys or that moves or hides what stands beside it', () => {
  assert(
    property(text, (given) => {
      const shown = printable(given)
      expect(Array.from(shown).filter((character) => isUnseen(character.codePointAt(0)!))).toEqual([])
      expect(stripVTControlCharacters(shown)).toBe(shown)
      expect(printable(shown)).toBe(shown)
      expect(printableLines(given).split('\n')).toEqual(given.split('\n').map((line) => printableLines(line)))
    }),
  )
})

test('a line of JSON means the same afterwards', () => {
  assert(
    property(text, (given) => {
      expect(JSON.parse(printableLines(JSON.stringify({ given })))).toEqual({ given })
    }),
  )
})
