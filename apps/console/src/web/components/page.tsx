import { Content, Flex, FlexItem, PageSection } from '@patternfly/react-core'
import { type ReactNode, useEffect } from 'react'
import { useConsole } from '../console-context.ts'

/** The frame of every page: its heading, what can be done, its content. `name` is for tests. */
export function Page({
  title,
  name,
  actions,
  isFilled = false,
  children,
}: {
  title: string
  name: string
  actions?: ReactNode
  /** Whether the content takes the height that is left, for lists that scroll by themselves. */
  isFilled?: boolean
  children: ReactNode
}) {
  const { configuration } = useConsole()
  useEffect(() => {
    document.title = `${title} · ${configuration.cluster}`
  }, [title, configuration.cluster])
  return (
    <>
      <PageSection data-page={name}>
        <Flex
          justifyContent={{ default: 'justifyContentSpaceBetween' }}
          alignItems={{ default: 'alignItemsCenter' }}
        >
          <FlexItem>
            <Content component="h1">{title}</Content>
          </FlexItem>
          {actions && <FlexItem>{actions}</FlexItem>}
        </Flex>
      </PageSection>
      <PageSection isFilled hasBodyWrapper={!isFilled} className={isFilled ? 'gh-filled' : ''}>
        {children}
      </PageSection>
    </>
  )
}
