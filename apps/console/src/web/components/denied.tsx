import { EmptyState, EmptyStateBody } from '@patternfly/react-core'
import type { AccessQuestion } from '../api/access.ts'
import { WhyNot } from './why-not.tsx'

/** The page for what the cluster does not let the person do. */
export function Denied({ question, message }: { question: AccessQuestion; message?: string | undefined }) {
  return (
    <EmptyState titleText="You may not see this (403)" headingLevel="h1" status="warning" data-page="denied">
      <EmptyStateBody>
        {message !== undefined && <p className="gh-detail">{message}</p>}
        <WhyNot question={question} />
      </EmptyStateBody>
    </EmptyState>
  )
}
