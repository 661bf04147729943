/** The client that tokens for the cluster are meant for, as in Kyma. */
export const CLIENT_ID = 'kyma-client'
/** The console's own client, which may ask for tokens for the cluster, as in Kyma. */
export const CONSOLE_CLIENT_ID = 'console'
/** Where the CLI's own login ends; nothing listens there, since the redirect is read, not followed. */
export const CLI_REDIRECT_URI = 'http://127.0.0.1/callback'
export const SCOPES = ['openid', 'email', 'profile', 'groups'] as const
