import process from 'node:process'
import { isatty } from 'node:tty'
import pc from 'picocolors'

/**
 * Colours for a terminal, and for nothing else: picocolors itself would also colour the logs of CI systems.
 * NO_COLOR (no-color.org) turns them off. isatty, since stdout.isTTY is undefined for a pipe, and
 * createColors takes undefined for its own guess.
 */
export const colors = pc.createColors(isatty(1) && !process.env['NO_COLOR'])
