"""Says who it is with the kubeconfig in KUBECONFIG, or with those that are its arguments, and what it can see."""

import json
import sys

from kubernetes import client, config


def tell(file=None):
    _, current = config.list_kube_config_contexts(file)
    api = config.new_client_from_config(file)
    review = client.AuthenticationV1Api(api).create_self_subject_review(client.V1SelfSubjectReview())
    namespaces = client.CoreV1Api(api).list_namespace()
    print(
        json.dumps(
            {
                "context": current["name"],
                "cluster": current["context"]["cluster"],
                "user": current["context"]["user"],
                "namespace": current["context"].get("namespace", ""),
                "username": review.status.user_info.username,
                "namespaces": len(namespaces.items),
            }
        )
    )


for file in sys.argv[1:] or [None]:
    tell(file)
