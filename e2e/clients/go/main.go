// Says who it is with the kubeconfig in KUBECONFIG, or with those that are its arguments, and what it can see.
package main

import (
	"context"
	"encoding/json"
	"log"
	"os"

	authentication "k8s.io/api/authentication/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

func main() {
	files := os.Args[1:]
	if len(files) == 0 {
		files = []string{""}
	}
	for _, file := range files {
		tell(file)
	}
}

func tell(file string) {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.ExplicitPath = file
	config := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, nil)
	raw := must(config.RawConfig())
	current := raw.Contexts[raw.CurrentContext]
	client := must(kubernetes.NewForConfig(must(config.ClientConfig())))
	ctx := context.Background()
	review := must(client.AuthenticationV1().SelfSubjectReviews().Create(ctx, &authentication.SelfSubjectReview{}, meta.CreateOptions{}))
	namespaces := must(client.CoreV1().Namespaces().List(ctx, meta.ListOptions{}))
	must(0, json.NewEncoder(os.Stdout).Encode(map[string]any{
		"context": raw.CurrentContext, "cluster": current.Cluster, "user": current.AuthInfo, "namespace": current.Namespace,
		"username": review.Status.UserInfo.Username, "namespaces": len(namespaces.Items),
	}))
}

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}
