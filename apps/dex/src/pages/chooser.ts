import { type Html, html } from '@gatehouse/server/html'
import { icon } from './icons.ts'

/** One way to log in. */
export interface Choice {
  readonly name: string
  /** The connector's type, for its icon. */
  readonly type: string
  readonly url: string
}

/** A user whom one click logs in; of the test powers. */
export interface Tile {
  readonly email: string
  readonly name: string
  readonly groups: readonly string[]
}

export interface Tiles {
  /** What a tile's form is posted to. */
  readonly action: string
  /** The client's authorization request. */
  readonly parameters: URLSearchParams
  readonly users: readonly Tile[]
}

/** The page that lists every connector, and every user where one click may log in. */
export function chooserPage(choices: readonly Choice[], tiles?: Tiles): Html {
  return html`<h1>Log in to dex</h1>
    <ul class="dex-choices">
      ${choices.map(
        ({ name, type, url }) =>
          html`<li>
            <a class="dex-btn dex-btn-provider" href="${url}"
              >${icon(type)}<span>Log in with ${name}</span></a
            >
          </li>`,
      )}
    </ul>
    ${tiles && tiles.users.length > 0 && userTiles(tiles)}`
}

function userTiles({ action, parameters, users }: Tiles): Html {
  const hidden = Array.from(parameters, ([name, value]) => {
    return html`<input type="hidden" name="${name}" value="${value}" />`
  })
  return html`<section aria-labelledby="user-tiles">
    <h2 id="user-tiles">Log in as</h2>
    <p class="dex-subtle-text">Without a password, for tests. Only this browser shows these tiles.</p>
    <ul class="dex-tiles">
      ${users.map(
        ({ email, name, groups }) =>
          html`<li>
            <form method="post" action="${action}">
              ${hidden}
              <button class="dex-tile" type="submit" name="user_tile" value="${email}">
                <span class="dex-avatar" aria-hidden="true">${initial(name || email)}</span>
                <span class="dex-tile-text">
                  <span class="dex-tile-name">${name || email}</span>
                  ${name !== '' && html`<span class="dex-subtle-text">${email}</span>`}
                  ${groups.length > 0 && html`<span class="dex-subtle-text">${fewOf(groups)}</span>`}
                </span>
              </button>
            </form>
          </li>`,
      )}
    </ul>
  </section>`
}

function initial(name: string): string {
  return Array.from(name)[0]?.toUpperCase() ?? ''
}

/** Nobody reads three hundred groups. */
function fewOf(groups: readonly string[]): string {
  const [shown, more] = [groups.slice(0, 4).join(', '), groups.length - 4]
  return more > 0 ? `${shown} and ${more} more` : shown
}
