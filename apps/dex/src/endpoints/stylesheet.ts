import { readFile } from 'node:fs/promises'
import { STYLESHEET_PATH } from '../http/respond.ts'
import type { Route } from '../http/routes.ts'

/** The one style sheet of the pages, read once. */
export async function stylesheetRoute(): Promise<Route> {
  const css = await readFile(new URL('../pages/styles.css', import.meta.url))
  return {
    name: 'theme',
    path: STYLESHEET_PATH,
    methods: {
      async GET({ response }) {
        response.setHeader('Cache-Control', 'public, max-age=300')
        response.writeHead(200, { 'Content-Type': 'text/css; charset=utf-8' }).end(css)
      },
    },
  }
}
