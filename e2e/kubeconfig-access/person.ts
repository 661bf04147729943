import { readFile } from 'node:fs/promises'
import { type Chromium, startChromium } from '@gatehouse/browser'
import type { TestStack } from '@gatehouse/e2e-path-b/gatehouse'

/** A real browser that trusts the stack's authority. */
export async function openBrowser(stack: TestStack): Promise<Chromium> {
  return startChromium({ authorities: [await readFile(stack.status.certificateAuthorityFile, 'utf8')] })
}

/** Somebody with a fresh browser opens `link`, logs in at dex, and reads the page at the end. */
export async function logIn(
  chromium: Chromium,
  stack: TestStack,
  person: string,
  link: string,
): Promise<string> {
  const context = await chromium.browser.newContext()
  try {
    const page = await context.newPage()
    await page.goto(link)
    // The page on which a device's code is typed comes first, filled in by the link.
    if (new URL(page.url()).pathname.endsWith('/device')) await page.locator('#submit-login').click()
    await page.locator('a.dex-btn-provider').first().click()
    await page.locator('#login').fill(person)
    await page.locator('#password').fill(await stack.passwordOf(person))
    await page.locator('#submit-login').click()
    await page.locator('#login').waitFor({ state: 'detached' })
    await page.waitForLoadState('load')
    return await page.locator('body').innerText()
  } finally {
    await context.close()
  }
}
