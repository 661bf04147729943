/** How far a run is. */
export interface RunProgress {
  readonly step: string
  /** Cells that are answered, and all of them; absent for steps that are about none. */
  readonly cells?: { readonly done: number; readonly total: number }
}
