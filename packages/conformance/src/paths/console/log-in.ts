import type { Chromium } from '@gatehouse/browser'

export type Page = Awaited<ReturnType<Chromium['browser']['newPage']>>
export type Response = NonNullable<Awaited<ReturnType<Page['goto']>>>

/** Opens the console, which leads to the pages of Dex, and logs in there with a password, as a person does. */
export async function logIn(page: Page, url: string, username: string, password: string): Promise<void> {
  await page.goto(url)
  await page.locator('a.dex-btn-provider, #login').first().waitFor()
  const connector = page.locator('a.dex-btn-provider').first()
  if ((await connector.count()) > 0) await connector.click()
  await page.locator('#login').fill(username)
  await page.locator('#password').fill(password)
  await page.locator('#submit-login').click()
  await page.locator('main [data-page]').first().waitFor()
}
