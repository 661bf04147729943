import { Page } from '../components/page.tsx'
import { useConsole } from '../console-context.ts'

export function OverviewPage() {
  const { identity } = useConsole()
  return (
    <Page title="Overview" name="overview">
      <p>{identity.email}</p>
    </Page>
  )
}
