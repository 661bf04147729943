/** What a command knows of the world around it; nothing else reads the environment. */
export interface Context {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Where the user typed the command (pnpm runs scripts elsewhere). */
  readonly cwd: string
}
