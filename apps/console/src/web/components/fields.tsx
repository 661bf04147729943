import {
  DescriptionList,
  DescriptionListDescription,
  DescriptionListGroup,
  DescriptionListTerm,
} from '@patternfly/react-core'
import type { ReactNode } from 'react'

/** Terms with what there is to say about each; what is undefined is left out. */
export function Fields({ fields }: { fields: readonly (readonly [term: string, value: ReactNode])[] }) {
  return (
    <DescriptionList isHorizontal isCompact>
      {fields
        .filter(([, value]) => value !== undefined && value !== '')
        .map(([term, value]) => (
          <DescriptionListGroup key={term}>
            <DescriptionListTerm>{term}</DescriptionListTerm>
            <DescriptionListDescription>{value}</DescriptionListDescription>
          </DescriptionListGroup>
        ))}
    </DescriptionList>
  )
}
