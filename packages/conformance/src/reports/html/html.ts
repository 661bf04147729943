import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { RunResult } from '../../result.ts'
import { reportData } from './data.ts'

const PAGE = {
  markup: new URL('page/page.html', import.meta.url),
  style: new URL('page/styles.css', import.meta.url),
  script: new URL('page/page.ts', import.meta.url),
}

/**
 * The run as one HTML file that needs nothing else: the matrix with filters, and every cell's evidence. Nothing of
 * the run is markup: it stands in the page as compressed JSON, and the page's script writes it as text. The page's
 * policy (CSP) lets no other script run and no request go out.
 */
export async function htmlReport(run: RunResult): Promise<string> {
  const [page, style, script, data] = await Promise.all([
    readFile(PAGE.markup, 'utf8'),
    readFile(PAGE.style, 'utf8'),
    bundle(fileURLToPath(PAGE.script)),
    promisify(gzip)(JSON.stringify(reportData(run))),
  ])
  const policy = [
    "default-src 'none'",
    `style-src '${hash(style)}'`,
    `script-src '${hash(script)}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')
  // Whole elements, since a hash is of everything between the tags.
  const parts: Readonly<Record<string, string>> = {
    policy: `<meta http-equiv="Content-Security-Policy" content="${policy}" />`,
    style: `<style>${style}</style>`,
    data: `<script id="data" type="application/gzip">${data.toString('base64')}</script>`,
    script: `<script type="module">${script}</script>`,
  }
  return page.replaceAll(/<!-- (\w+) -->/g, (_, name: string) => parts[name]!)
}

/** The page's script in one piece, as a browser takes it. */
async function bundle(entry: string): Promise<string> {
  // Loaded only here: every command of the CLI would wait for it.
  const { rolldown } = await import('rolldown')
  await using build = await rolldown({ input: entry, platform: 'browser', logLevel: 'silent' })
  const { output } = await build.generate({ format: 'esm', minify: true })
  const { code } = output[0]
  // The one text that would end the script's element.
  if (/<\/script|<!--/i.test(code)) throw new Error('the script of the report can not stand in a page')
  return code
}

function hash(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}
