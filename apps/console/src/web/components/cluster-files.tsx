import { Button, Card, CardBody, CardTitle } from '@patternfly/react-core'
import { useQuery } from '@tanstack/react-query'
import { clusterFileUrl, mayFetchKubeconfig } from '../api/kubeconfig.ts'
import { useConsole } from '../console-context.ts'
import { Fields } from './fields.tsx'
import { ProblemAlert } from './problem.tsx'
import { useDownload } from './use-download.ts'

interface ClusterFileKind {
  readonly file: 'kubeconfig' | 'adminkubeconfig'
  readonly title: string
  readonly say: string
}

const FILES: readonly ClusterFileKind[] = [
  {
    file: 'kubeconfig',
    title: 'Kubeconfig',
    say: 'As the project has set it up: with your login, through the access proxy.',
  },
  {
    file: 'adminkubeconfig',
    title: 'Admin kubeconfig',
    say: "The API server's own address and a credential of its own, short-lived and on record with your name. For when neither login nor proxy are there.",
  },
]

/** The cluster's two files, each for those whose role in the project gives it. */
export function ClusterFiles() {
  const { configuration } = useConsole()
  return (
    <Card>
      <CardTitle component="h2">Files of the cluster {configuration.cluster}</CardTitle>
      <CardBody>
        <p>Who gets which is decided by roles in the project, apart from what the cluster lets you do.</p>
        {FILES.map(({ file, title, say }) => (
          <ClusterFile key={file} file={file} title={title} say={say} />
        ))}
      </CardBody>
    </Card>
  )
}

function ClusterFile({ file, title, say }: ClusterFileKind) {
  const { configuration, identity } = useConsole()
  const { cluster, kubeconfigUrl } = configuration
  const url = clusterFileUrl(kubeconfigUrl, cluster, file)
  const { data: isOffered, isPending } = useQuery({
    queryKey: ['cluster-file', url],
    queryFn: () => mayFetchKubeconfig(url, identity.idToken),
  })
  const download = useDownload(url, `${cluster}.${file}.yml`)
  if (!isOffered) return <span data-pending={isPending} />
  return (
    <div className="gh-space-above">
      <Fields fields={[[title, say]]} />
      {download.error && <ProblemAlert title="Nothing was downloaded" error={download.error} />}
      <Button
        variant="secondary"
        onClick={() => download.mutate()}
        isLoading={download.isPending}
        data-action={file}
      >
        Download {title.toLowerCase()}
      </Button>
    </div>
  )
}
