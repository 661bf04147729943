import '@patternfly/react-core/dist/styles/base.css'
import './styles.css'
import { createRoot } from 'react-dom/client'
import { Console } from './console.tsx'
import { readPageConfiguration } from './page-configuration.ts'
import { createSession } from './session/session.ts'
import { applyTheme } from './shell/theme.ts'
import { StartFailure } from './session/pages.tsx'

applyTheme()
const root = createRoot(document.querySelector('#root')!)
try {
  const configuration = await readPageConfiguration()
  const session = createSession(configuration)
  root.render(<Console configuration={configuration} session={session} />)
  await session.start()
} catch (error) {
  root.render(<StartFailure message={(error as Error).message} />)
}
