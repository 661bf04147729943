import type { Logger } from '@gatehouse/server'
import type { SimulatedConnector } from '../connectors/connector.ts'
import type { Exchange } from '../http/exchange.ts'
import { readForm } from '../http/form.ts'
import { sendPage } from '../http/respond.ts'
import type { CompleteLogin } from '../login/complete-login.ts'
import { personaPage } from '../pages/persona.ts'
import type { ConnectorForm, FoundLogin } from './connector-form.ts'
import { formLinks, type FormPlace } from './form-links.ts'

export interface PersonaFormOptions extends FormPlace {
  readonly completeLogin: CompleteLogin
  readonly logger: Logger
}

/** The form of a simulated connector: it asks who to be. */
export function createPersonaForm(options: PersonaFormOptions): ConnectorForm<SimulatedConnector> {
  const { completeLogin, logger } = options

  const sendForm = (
    exchange: Exchange,
    { request, connector }: FoundLogin<SimulatedConnector>,
    state: { status: number; error?: string },
  ) => {
    const body = personaPage({
      ...formLinks(exchange, request, options),
      connectorName: connector.name,
      suggestions: connector.suggestions(),
      error: state.error,
    })
    sendPage(exchange, { status: state.status, title: 'Log in', body, formTarget: request.redirectURI })
  }

  const submit = async (exchange: Exchange, found: FoundLogin<SimulatedConnector>) => {
    const { request, connector, browserSecret } = found
    const form = await readForm(exchange.request)
    const login = (form.get('login') ?? '').trim()
    if (login === '') return sendForm(exchange, found, { status: 400, error: 'Say who you are.' })
    const groups = (form.get('groups') ?? '').split(',').map((group) => group.trim())
    const identity = connector.become({ login, groups: groups.filter(Boolean) })
    const { userID, email } = identity
    const facts = { connectorID: connector.id, clientID: request.client.id, userID, email }
    logger.info(facts, 'login successful, as somebody said')
    return completeLogin(exchange, request, browserSecret, identity)
  }

  return { show: (exchange, found) => sendForm(exchange, found, { status: 200 }), submit }
}
