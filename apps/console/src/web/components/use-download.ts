import { useMutation } from '@tanstack/react-query'
import { type ApiError, isFinal } from '../api/errors.ts'
import { fetchKubeconfig, saveFile } from '../api/kubeconfig.ts'
import { useConsole } from '../console-context.ts'

/** Downloads a kubeconfig as the person who is logged in; a token that is refused ends the session. */
export function useDownload(url: string, fileName: string) {
  const { identity, session } = useConsole()
  return useMutation({
    mutationFn: async () => saveFile(await fetchKubeconfig(url, identity.idToken, fileName)),
    onError: (error: ApiError) => {
      if (error.code === 401) session.refuse(identity.idToken, error.message)
    },
    retry: (failures, error) => failures < 2 && !isFinal(error),
  })
}
