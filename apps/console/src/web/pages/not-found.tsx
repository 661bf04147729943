import { Button, EmptyState, EmptyStateBody, EmptyStateFooter } from '@patternfly/react-core'
import { type ErrorComponentProps, Link } from '@tanstack/react-router'

/** No page of the console has this address. */
export function NotFoundPage() {
  return (
    <EmptyState titleText="There is no such page (404)" headingLevel="h1" status="info" data-page="not-found">
      <EmptyStateBody>The address leads to no page of the console.</EmptyStateBody>
      <EmptyStateFooter>
        <Link to="/">To the overview</Link>
      </EmptyStateFooter>
    </EmptyState>
  )
}

/** A mistake of ours while a page was shown; the rest of the console goes on. */
export function RenderFailure({ error, reset }: ErrorComponentProps) {
  return (
    <EmptyState titleText="This page failed" headingLevel="h1" status="danger" data-page="render-failure">
      <EmptyStateBody>
        That is a mistake of the console, not yours.
        <p className="gh-detail">{error instanceof Error ? error.message : String(error)}</p>
      </EmptyStateBody>
      <EmptyStateFooter>
        <Button variant="secondary" onClick={reset}>
          Try again
        </Button>
      </EmptyStateFooter>
    </EmptyState>
  )
}
