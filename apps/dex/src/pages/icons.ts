import { type Html, html } from '@gatehouse/server/html'

/** The paths of an icon of 24 by 24, drawn in the colour of the text; plain signs, nobody's trademark. */
const SHAPES: ReadonlyMap<string, Html> = new Map([
  // An envelope.
  ['local', html`<rect x="3" y="5" width="18" height="14" rx="2" /><path d="m3.5 7 8.5 6 8.5-6" />`],
  // Two branches that meet.
  [
    'github',
    html`<circle cx="6" cy="5" r="2" /><circle cx="6" cy="19" r="2" /><circle cx="18" cy="8" r="2" />
      <path d="M6 7v10m12-7c0 4-12 2-12 7" />`,
  ],
  // A magnifying glass.
  ['google', html`<circle cx="11" cy="11" r="6.5" /><path d="m16 16 5 5" />`],
  // Four panes.
  [
    'microsoft',
    html`<rect x="4" y="4" width="7" height="7" /><rect x="13" y="4" width="7" height="7" />
      <rect x="4" y="13" width="7" height="7" /><rect x="13" y="13" width="7" height="7" />`,
  ],
  // A tree of entries.
  [
    'ldap',
    html`<rect x="9" y="3" width="6" height="5" rx="1" /><rect x="3" y="16" width="6" height="5" rx="1" />
      <rect x="15" y="16" width="6" height="5" rx="1" /><path d="M12 8v4m-6 4v-4h12v4" />`,
  ],
  // A sealed document.
  ['saml', html`<path d="M6 3h8l4 4v14H6zM14 3v4h4" /><circle cx="12" cy="14" r="2.5" />`],
  // A key.
  ['oidc', html`<circle cx="8" cy="12" r="4.5" /><path d="M12.5 12H21v3.5M17.5 12v3" />`],
])

/** A person: for every other type, and for users. */
const PERSON = html`<circle cx="12" cy="8" r="4" /><path d="M4 21c0-4 3.5-7 8-7s8 3 8 7" />`

/** The icon of a type of connectors; it says nothing that the text beside it doesn't. */
export function icon(type: string): Html {
  return html`<svg class="dex-icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
    ${SHAPES.get(ALIASES.get(type) ?? type) ?? PERSON}
  </svg>`
}

const ALIASES: ReadonlyMap<string, string> = new Map([
  ['mockPassword', 'local'],
  ['azure', 'microsoft'],
  ['gitlab', 'github'],
  ['gitea', 'github'],
  ['bitbucket-cloud', 'github'],
  ['keystone', 'ldap'],
])
