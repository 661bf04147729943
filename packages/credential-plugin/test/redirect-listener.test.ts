import { request as httpRequest } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { type Callback, listenForRedirect, type RedirectListener } from '../src/redirect-listener.ts'

const STATE = 'the-state-of-this-login'

interface Answer {
  readonly status: number
  readonly headers: NodeJS.Dict<string | string[]>
  readonly body: string
}

async function listen(
  options: { redirectUri?: string; signal?: AbortSignal } = {},
): Promise<RedirectListener> {
  const listener = await listenForRedirect({
    state: STATE,
    signal: new AbortController().signal,
    authorizationUrl: (redirectUri) => new URL(`https://issuer.example/auth?redirect_uri=${redirectUri}`),
    ...options,
  })
  onTestFinished(() => listener[Symbol.asyncDispose]())
  return listener
}

/** A request as any program on this machine can send it. */
function send(
  url: URL | string,
  options: { method?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(url, { ...options, agent: false }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => {
        const body = Buffer.concat(chunks).toString()
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body })
      })
    })
    outgoing.on('error', reject)
    outgoing.end()
  })
}

/** Opens the link; returns the redirect URI of the login, and the cookie. */
async function begin({ startUrl }: RedirectListener) {
  const { status, headers } = await send(startUrl)
  expect(status).toBe(303)
  const redirectUri = new URL(headers['location'] as string).searchParams.get('redirect_uri')!
  const cookie = String(headers['set-cookie']![0]).split(';')[0]!
  return { redirectUri, cookie }
}

/** Whether the login would have gone on with an answer by now. */
async function isWaiting({ callback }: RedirectListener): Promise<boolean> {
  return (await Promise.race([callback, Promise.resolve('waiting')])) === 'waiting'
}

/** Ends the login as the issuer does, and returns what was taken. */
async function finish(
  listener: RedirectListener,
  query: string,
  cookie: string,
): Promise<[Callback, Answer]> {
  const answer = send(new URL(`/callback?${query}`, listener.startUrl), { headers: { cookie } })
  const callback = await listener.callback
  callback.show(200, 'done')
  return [callback, await answer]
}

test('the link leads to the issuer, and the answer comes back', async () => {
  const listener = await listen()
  const { redirectUri, cookie } = await begin(listener)
  expect(redirectUri).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/callback$/)
  const [{ url }, answer] = await finish(listener, `code=c&state=${STATE}`, cookie)
  expect(url.searchParams.get('code')).toBe('c')
  expect(answer).toMatchObject({ status: 200, body: expect.stringContaining('done') })
})

test('the cookie is for this login alone, and no script reads it', async () => {
  const [first, second] = [await listen(), await listen()]
  const cookieOf = async ({ startUrl }: RedirectListener) => (await send(startUrl)).headers['set-cookie']![0]!
  const cookies = [await cookieOf(first), await cookieOf(second)]
  expect(cookies[0]).toMatch(/^gatehouse-login=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/)
  expect(cookies[0]).not.toBe(cookies[1])
})

test('a login page of the attacker can not end the login (CSRF)', async () => {
  const listener = await listen()
  const { redirectUri, cookie } = await begin(listener)
  const forged = [
    send(`${redirectUri}?code=evil`, { headers: { cookie } }),
    send(`${redirectUri}?code=evil&state=guess`, { headers: { cookie } }),
    send(`${redirectUri}?code=evil&state=`, { headers: { cookie } }),
    send(`${redirectUri}?code=evil&state=${STATE}&state=${STATE}`, { headers: { cookie } }),
    send(`${redirectUri}?error=access_denied&state=guess`, { headers: { cookie } }),
  ]
  expect((await Promise.all(forged)).map(({ status }) => status)).toEqual([400, 400, 400, 400, 400])
  expect(await isWaiting(listener)).toBe(true)
  const [{ url }] = await finish(listener, `code=c&state=${STATE}`, cookie)
  expect(url.searchParams.get('code')).toBe('c')
})

test('another user of the machine who knows the state can not end the login', async () => {
  const listener = await listen()
  const { redirectUri } = await begin(listener)
  for (const headers of [{}, { cookie: 'gatehouse-login=' }, { cookie: 'gatehouse-login=guess; a=b' }]) {
    expect(await send(`${redirectUri}?code=evil&state=${STATE}`, { headers })).toMatchObject({ status: 400 })
  }
  expect(await isWaiting(listener)).toBe(true)
})

test('another user of the machine who opens the link first is noticed, and gets no further', async () => {
  const listener = await listen()
  await begin(listener)
  expect(await send(listener.startUrl)).toMatchObject({
    status: 410,
    body: expect.stringContaining('opened in another browser already'),
    headers: expect.not.objectContaining({ location: expect.anything() }),
  })
})

test('the same browser may open the link again', async () => {
  const listener = await listen()
  const { cookie } = await begin(listener)
  expect(await send(listener.startUrl, { headers: { cookie } })).toMatchObject({ status: 303 })
})

test('another name that leads to this address gets nothing (DNS rebinding)', async () => {
  const listener = await listen()
  const { redirectUri, cookie } = await begin(listener)
  const { port } = new URL(redirectUri)
  for (const host of ['evil.example', `evil.example:${port}`, '127.0.0.1', `localhost:${port}`]) {
    const headers = { host, cookie }
    expect(await send(`${redirectUri}?code=c&state=${STATE}`, { headers })).toMatchObject({ status: 421 })
    expect(await send(listener.startUrl, { headers })).toMatchObject({ status: 421 })
  }
  expect(await isWaiting(listener)).toBe(true)
})

test.each([
  ['POST', '/callback', 405],
  ['HEAD', '/callback', 405],
  ['GET', '/', 404],
  ['GET', '/callback/', 404],
  ['GET', '/callback%2f', 404],
  ['GET', '/login/', 404],
  ['GET', '/login/guess', 404],
  ['GET', '//callback', 404],
])('%s %s is %d', async (method, path, status) => {
  const listener = await listen()
  const { redirectUri, cookie } = await begin(listener)
  const { port } = new URL(redirectUri)
  const answer = await send(`http://127.0.0.1:${port}${path}?code=c&state=${STATE}`, {
    method,
    headers: { cookie },
  })
  expect(answer.status).toBe(status)
  expect(await isWaiting(listener)).toBe(true)
})

test('an answer is taken once', async () => {
  const listener = await listen()
  const { redirectUri, cookie } = await begin(listener)
  await finish(listener, `code=c&state=${STATE}`, cookie)
  const again = await send(`${redirectUri}?code=d&state=${STATE}`, { headers: { cookie } })
  expect(again).toMatchObject({ status: 410 })
})

test('what an issuer says can not become markup, and no page is kept or framed', async () => {
  const listener = await listen()
  const { redirectUri, cookie } = await begin(listener)
  const answer = send(`${redirectUri}?code=c&state=${STATE}`, { headers: { cookie } })
  ;(await listener.callback).show(400, '<script>"&\'')
  expect(await answer).toMatchObject({
    status: 400,
    body: expect.stringContaining('<p>&lt;script&gt;&quot;&amp;&#39;</p>'),
    headers: {
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'referrer-policy': 'no-referrer',
    },
  })
})

test('a port that is taken is named', async () => {
  const first = await listen()
  const { port } = new URL(first.startUrl)
  await expect(listen({ redirectUri: `http://127.0.0.1:${port}/callback` })).rejects.toMatchObject({
    code: 'ERR_LOGIN_FAILED',
    message: expect.stringMatching(`at http://127.0.0.1:${port}: .*EADDRINUSE.*--login=device`),
  })
})

test('a browser that holds its connection does not keep the listener open', async () => {
  const listener = await listen()
  const { redirectUri, cookie } = await begin(listener)
  const answer = send(`${redirectUri}?code=c&state=${STATE}`, { headers: { cookie } })
  await listener.callback
  await Promise.all([
    listener[Symbol.asyncDispose](),
    expect(answer).rejects.toThrow(/socket hang up|ECONNRESET/),
  ])
})

test('waiting ends with the signal', async () => {
  const controller = new AbortController()
  const listener = await listen({ signal: controller.signal })
  controller.abort(new Error('enough'))
  await expect(listener.callback).rejects.toThrow('enough')
})
