import {
  Alert,
  Button,
  Card,
  CardBody,
  CardFooter,
  CardTitle,
  ClipboardCopy,
  Content,
} from '@patternfly/react-core'
import { DownloadIcon } from '@patternfly/react-icons/dist/esm/icons/download-icon'
import { ClusterFiles } from '../components/cluster-files.tsx'
import { useDownload } from '../components/use-download.ts'
import { Fields } from '../components/fields.tsx'
import { Page } from '../components/page.tsx'
import { ProblemAlert } from '../components/problem.tsx'
import { duration, useNow } from '../components/time.tsx'
import { useConsole } from '../console-context.ts'
import { useNamespace } from '../shell/use-namespace.ts'

/** The way from here to path B: the kubeconfig, and what to do with it. */
export function AdministrationPage() {
  return (
    <Page title="Administration" name="administration">
      <div className="gh-cards">
        <KubeconfigCard />
        <ClusterFiles />
      </div>
    </Page>
  )
}

function KubeconfigCard() {
  const { configuration, identity } = useConsole()
  const { namespace } = useNamespace()
  const url = new URL(configuration.kubeconfigUrl)
  if (namespace) url.searchParams.set('namespace', namespace)
  const download = useDownload(url.href, 'kubeconfig.yml')
  return (
    <Card>
      <CardTitle component="h2">Kubeconfig</CardTitle>
      <CardBody>
        <Content component="p">
          A file for kubectl and every other client that holds your own ID token: it may do what you may do,
          and no more. Keep it like a password.
        </Content>
        <Fields
          fields={[
            ['Valid for', <TimeLeft expiresAt={identity.expiresAt} />],
            ['User', identity.email],
            ['Default namespace', namespace ?? 'none; choose one above to have it in the file'],
          ]}
        />
        {download.error && <ProblemAlert title="Nothing was downloaded" error={download.error} />}
        {download.isSuccess && (
          <Alert
            variant="success"
            isInline
            title="The file is in your downloads"
            className="gh-space-above"
          />
        )}
      </CardBody>
      <CardFooter>
        <Button icon={<DownloadIcon />} onClick={() => download.mutate()} isLoading={download.isPending}>
          Download config
        </Button>
      </CardFooter>
      <CardBody>
        <Commands namespace={namespace} />
      </CardBody>
    </Card>
  )
}

/** What to type once the file is there. */
function Commands({ namespace }: { namespace: string | undefined }) {
  const { configuration } = useConsole()
  const commands = [
    { say: 'Use it in this terminal', command: 'export KUBECONFIG=~/Downloads/kubeconfig.yml' },
    { say: 'See which cluster it leads to', command: 'kubectl cluster-info' },
    { say: 'Look around', command: `kubectl get pods${namespace ? ` --namespace ${namespace}` : ''}` },
    {
      say: 'Or without the console, with a token in $ID_TOKEN',
      command: `curl ${configuration.kubeconfigUrl} -H "Authorization: Bearer $ID_TOKEN" -o kubeconfig.yml`,
    },
  ]
  return (
    <ol className="gh-commands">
      {commands.map(({ say, command }) => (
        <li key={say}>
          <span>{say}</span>
          <ClipboardCopy isReadOnly isCode hoverTip="Copy" clickTip="Copied" textAriaLabel={say}>
            {command}
          </ClipboardCopy>
        </li>
      ))}
    </ol>
  )
}

function TimeLeft({ expiresAt }: { expiresAt: number }) {
  const left = expiresAt - useNow()
  return (
    <time dateTime={new Date(expiresAt).toISOString()} data-expires-at={expiresAt}>
      {duration(Math.max(0, left))}, until {new Date(expiresAt).toLocaleString()}
    </time>
  )
}
