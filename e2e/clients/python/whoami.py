"""Says who it is with the kubeconfig in KUBECONFIG, and what it can see."""

import json

from kubernetes import client, config

config.load_kube_config()
_, current = config.list_kube_config_contexts()
review = client.AuthenticationV1Api().create_self_subject_review(client.V1SelfSubjectReview())
namespaces = client.CoreV1Api().list_namespace()
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
