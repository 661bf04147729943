{{/*
The components, by the name of their image. values: their key in values.yaml; ports: what listens in the pod;
health: paths of the operations listener; certificates: which they show; authorities: of which certificates they
know the authority; usesApi: whether they are somebody at the API server.
*/}}
{{- define "gatehouse.components" -}}
apiserver-proxy:
  values: apiserverProxy
  ports: { https: 9443, operations: 2112 }
  health: { live: /livez, ready: /readyz }
  certificates: [apiserver-proxy]
  authorities: [dex]
  usesApi: true
console:
  values: console
  ports: { https: 5173, operations: 9002 }
  health: { live: /livez, ready: /readyz }
  certificates: [console]
  authorities: []
dex:
  values: dex
  ports: { https: 5556, operations: 5558 }
  health: { live: /healthz/live, ready: /healthz/ready }
  certificates: [dex]
  authorities: []
  usesApi: true
  # It has password hashes and clients' secrets.
  isSecret: true
ingress-gateway:
  values: gateway
  ports: { https: 8443, http: 8080, operations: 8081 }
  health: { live: /livez, ready: /readyz }
  certificates: [gateway-console, gateway-dex, gateway-kubeconfig-generator]
  authorities: [console, dex, kubeconfig-generator]
kubeconfig-generator:
  values: kubeconfigGenerator
  ports: { https: 8000, operations: 9000 }
  health: { live: /livez, ready: /readyz }
  certificates: [kubeconfig-generator]
  authorities: [dex, apiserver-proxy, gateway-dex]
  usesApi: {{ include "gatehouse.issuesCredentials" . }}
  # A catalogue may have clients' secrets.
  isSecret: true
{{- if .Values.permissionController.enabled }}
permission-controller:
  values: permissionController
  ports: { operations: 9001 }
  health: { live: /livez, ready: /readyz }
  certificates: []
  authorities: []
  usesApi: true
{{- end }}
{{- end }}
