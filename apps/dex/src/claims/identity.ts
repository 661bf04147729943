/** Who a connector says the user is. */
export interface Identity {
  /** Unique within the connector. */
  readonly userID: string
  /** The `name` claim. */
  readonly username: string
  readonly preferredUsername: string
  readonly email: string
  readonly emailVerified: boolean
  readonly groups: readonly string[]
  /** What the connector needs to ask again; never in a token. */
  readonly connectorData?: string | undefined
}
