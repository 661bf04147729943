import {
  Alert,
  Button,
  Card,
  CardBody,
  CardFooter,
  CardTitle,
  ClipboardCopy,
  DescriptionList,
  DescriptionListDescription,
  DescriptionListGroup,
  DescriptionListTerm,
} from '@patternfly/react-core'
import { DownloadIcon } from '@patternfly/react-icons/dist/esm/icons/download-icon'
import { useMutation } from '@tanstack/react-query'
import { type ApiError, isFinal } from '../api/errors.ts'
import { fetchKubeconfig, saveFile } from '../api/kubeconfig.ts'
import { Page } from '../components/page.tsx'
import { ProblemAlert } from '../components/problem.tsx'
import { duration, useNow } from '../components/time.tsx'
import { useConsole } from '../console-context.ts'
import { useNamespace } from '../shell/use-namespace.ts'

/** The way from here to path B: the kubeconfig, and what to do with it. */
export function AdministrationPage() {
  return (
    <Page title="Administration" name="administration">
      <KubeconfigCard />
    </Page>
  )
}

function KubeconfigCard() {
  const { configuration, identity, session } = useConsole()
  const { namespace } = useNamespace()
  const download = useMutation({
    mutationFn: async () => {
      const url = new URL(configuration.kubeconfigUrl)
      if (namespace) url.searchParams.set('namespace', namespace)
      saveFile(await fetchKubeconfig(url.href, identity.idToken, 'kubeconfig.yml'))
    },
    onError: (error: ApiError) => {
      if (error.code === 401) session.refuse(identity.idToken, error.message)
    },
    retry: (failures, error) => failures < 2 && !isFinal(error),
  })
  return (
    <Card>
      <CardTitle component="h2">Kubeconfig</CardTitle>
      <CardBody>
        <p>
          A file for kubectl and every other client that holds your own ID token: it may do what you may do,
          and no more. Keep it like a password.
        </p>
        <DescriptionList isHorizontal className="gh-space-above">
          <Row term="Valid for">{<TimeLeft expiresAt={identity.expiresAt} />}</Row>
          <Row term="User">{identity.email}</Row>
          <Row term="Default namespace">{namespace ?? 'none; choose one above to have it in the file'}</Row>
        </DescriptionList>
        {download.error && <ProblemAlert title="Nothing was downloaded" error={download.error} />}
        {download.isSuccess && (
          <Alert variant="success" isInline title="The file is in your downloads">
            <Commands namespace={namespace} />
          </Alert>
        )}
      </CardBody>
      <CardFooter>
        <Button icon={<DownloadIcon />} onClick={() => download.mutate()} isLoading={download.isPending}>
          Download config
        </Button>
      </CardFooter>
      {!download.isSuccess && (
        <CardBody>
          <Commands namespace={namespace} />
        </CardBody>
      )}
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

function Row({ term, children }: { term: string; children: React.ReactNode }) {
  return (
    <DescriptionListGroup>
      <DescriptionListTerm>{term}</DescriptionListTerm>
      <DescriptionListDescription>{children}</DescriptionListDescription>
    </DescriptionListGroup>
  )
}
