import { randomInt } from 'node:crypto'

/** Dex's: no vowels, so that no words come out, and no letters that look like others. About 34 bits in all. */
const LETTERS = 'BCDFGHJKLMNPQRSTVWXZ'
const LENGTH = 8

/** A code to be typed by hand, like BDWP-HQPK. */
export function createUserCode(): string {
  return grouped(Array.from({ length: LENGTH }, () => LETTERS[randomInt(LETTERS.length)]).join(''))
}

/** What was typed, as `createUserCode` writes it: in capitals, with the dash, without anything else. Pure. */
export function normalizeUserCode(typed: string): string {
  return grouped(
    typed
      .toUpperCase()
      .replaceAll(/[^A-Z]/g, '')
      .slice(0, LENGTH + 1),
  )
}

function grouped(letters: string): string {
  return `${letters.slice(0, LENGTH / 2)}-${letters.slice(LENGTH / 2)}`
}
