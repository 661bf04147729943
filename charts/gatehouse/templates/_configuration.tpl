{{/* The configuration file of each component: gatehouse.configuration.NAME. */}}

{{/* What is mounted at /etc/gatehouse, by file; call with the root and the name of a component. */}}
{{- define "gatehouse.files" -}}
{{- $isGenerator := eq .name "kubeconfig-generator" }}
config.yaml: |
  {{- include (printf "gatehouse.configuration.%s" .name) .root | nindent 2 }}
{{- if or (eq .name "apiserver-proxy") (and $isGenerator (eq (include "gatehouse.issuesCredentials" .root) "true")) }}
kubeconfig: |
  {{- include "gatehouse.kubeconfig" .root | nindent 2 }}
{{- end }}
{{- if and $isGenerator .root.Values.kubeconfigGenerator.catalogue.enabled }}
catalogue.yaml: |
  {{- include "gatehouse.catalogue" .root | nindent 2 }}
{{- end }}
{{- end }}

{{- define "gatehouse.listen" -}}
{ host: {{ .root.Values.listenHost | quote }}, port: {{ .port }} }
{{- end }}

{{/* host:port, as Dex writes it. */}}
{{- define "gatehouse.address" -}}
{{- $host := .root.Values.listenHost -}}
{{ if contains ":" $host }}[{{ $host }}]{{ else }}{{ $host }}{{ end }}:{{ .port }}
{{- end }}

{{- define "gatehouse.tls" -}}
{ certificateFile: /certificates/{{ . }}/tls.crt, keyFile: /certificates/{{ . }}/tls.key }
{{- end }}

{{/* Whose tokens are accepted: the issuer by its name, dialled at its Service. */}}
{{- define "gatehouse.issuers" -}}
- url: {{ include "gatehouse.url" (dict "root" . "host" "dex") }}
  discoveryURL: https://{{ include "gatehouse.serviceHost" (dict "root" . "name" "dex") }}:5556/.well-known/openid-configuration
  certificateAuthorityFile: /certificates/dex/ca.crt
  audiences: [{{ .Values.identity.clientId | quote }}]
{{- end }}

{{- define "gatehouse.configuration.apiserver-proxy" -}}
{{- $values := .Values.apiserverProxy }}
{{- $replicas := include "gatehouse.maxReplicas" $values }}
listen: {{ include "gatehouse.listen" (dict "root" . "port" 9443) }}
tls: {{ include "gatehouse.tls" "apiserver-proxy" }}
operations: {{ include "gatehouse.listen" (dict "root" . "port" 2112) }}
upstream: { kubeconfig: /etc/gatehouse/kubeconfig }
issuers:
  {{- include "gatehouse.issuers" . | nindent 2 }}
revocations: { file: /etc/gatehouse-revocations/revocations.yaml }
cors: { allowedOrigins: [{{ include "gatehouse.url" (dict "root" . "host" "console") }}] }
impersonation: {{ $values.impersonation | quote }}
passThrough: {{ if $values.serviceAccounts }}serviceAccounts{{ else }}'off'{{ end }}
limits:
  inFlight: {{ include "gatehouse.share" (dict "total" $values.limits.inFlight "replicas" $replicas) }}
  connections: {{ include "gatehouse.share" (dict "total" $values.limits.connections "replicas" $replicas) }}
{{- with $values.tracing.endpoint }}
tracing: { endpoint: {{ . | quote }}, samplingRatio: {{ $values.tracing.samplingRatio }} }
{{- end }}
timeouts: { lameDuckSeconds: {{ int $values.lameDuckSeconds }}, drainSeconds: {{ int $values.drainSeconds }} }
{{- end }}

{{- define "gatehouse.configuration.dex" -}}
{{- $console := include "gatehouse.url" (dict "root" . "host" "console") }}
issuer: {{ include "gatehouse.url" (dict "root" . "host" "dex") }}
storage: { type: kubernetes, config: { inCluster: true } }
gatehouse:
  # Whoever comes by the Service finds the keys there.
  alsoKnownAs: [{{ include "gatehouse.serviceHost" (dict "root" . "name" "dex") }}:5556]
web:
  https: {{ include "gatehouse.address" (dict "root" . "port" 5556) | quote }}
  tlsCert: /certificates/dex/tls.crt
  tlsKey: /certificates/dex/tls.key
  # The console's pages ask for tokens themselves.
  allowedOrigins: [{{ $console }}]
  # The gateway says whose request it is; the limit on guesses is per address.
  clientRemoteIP: { header: X-Forwarded-For, trustedProxies: {{ toJson .Values.podNetworks }} }
telemetry: { http: {{ include "gatehouse.address" (dict "root" . "port" 5558) | quote }} }
oauth2: { skipApprovalScreen: true, alwaysShowLoginScreen: true }
expiry: { idTokens: {{ .Values.identity.idTokenLifetime | quote }} }
enablePasswordDB: {{ gt (len .Values.identity.users) 0 }}
staticPasswords: {{ toJson .Values.identity.users }}
connectors: {{ toJson .Values.identity.connectors }}
staticClients:
  # Public and without redirect URIs: any port of loopback (RFC 8252 section 7.3), and the device flow.
  - id: {{ .Values.identity.clientId | quote }}
    name: Gatehouse
    public: true
    trustedPeers: [console]
  - id: console
    name: Gatehouse Console
    public: true
    redirectURIs: [{{ $console }}/signed-in]
    postLogoutRedirectURIs: [{{ $console }}/signed-out]
  {{- range .Values.identity.clients }}
  - {{ toJson . }}
  {{- end }}
{{- end }}

{{- define "gatehouse.configuration.console" -}}
{{- $audience := "audience:server:client_id:" }}
listen: {{ include "gatehouse.listen" (dict "root" . "port" 5173) }}
tls: {{ include "gatehouse.tls" "console" }}
operations: {{ include "gatehouse.listen" (dict "root" . "port" 9002) }}
page:
  cluster: {{ .Values.clusterName | quote }}
  issuer: {{ include "gatehouse.url" (dict "root" . "host" "dex") }}
  clientId: console
  # With a refresh token the session is renewed without frames, which Dex does not allow.
  scopes: [{{ $audience }}{{ .Values.identity.clientId }}, {{ $audience }}console, openid, email, profile, groups, offline_access]
  apiServer: {{ include "gatehouse.url" (dict "root" . "host" "apiserver") }}
  kubeconfigUrl: {{ include "gatehouse.url" (dict "root" . "host" "configurations-generator") }}/kube-config
{{- end }}

{{- define "gatehouse.configuration.kubeconfig-generator" -}}
{{- $values := .Values.kubeconfigGenerator }}
{{- $replicas := include "gatehouse.maxReplicas" $values }}
listen: {{ include "gatehouse.listen" (dict "root" . "port" 8000) }}
tls: {{ include "gatehouse.tls" "kubeconfig-generator" }}
operations: {{ include "gatehouse.listen" (dict "root" . "port" 9000) }}
issuers:
  {{- include "gatehouse.issuers" . | nindent 2 }}
cluster:
  name: {{ .Values.clusterName | quote }}
  server: {{ include "gatehouse.apiserverProxyUrl" . }}
  certificateAuthorityFile: /certificates/apiserver-proxy/ca.crt
login:
  {{- include "gatehouse.login" . | nindent 2 }}
{{- if $values.catalogue.enabled }}
catalogueFile: /etc/gatehouse/catalogue.yaml
# Into the log of the container: a file would go away with the pod.
auditFile: /dev/stdout
{{- end }}
allowedOrigins: [{{ include "gatehouse.url" (dict "root" . "host" "console") }}]
trustedProxies: {{ toJson .Values.podNetworks }}
limits:
  filesPerMinute: {{ include "gatehouse.share" (dict "total" $values.limits.filesPerMinute "replicas" $replicas) }}
  credentialsPerMinute: {{ include "gatehouse.share" (dict "total" $values.limits.credentialsPerMinute "replicas" $replicas) }}
  failuresPerMinute: {{ include "gatehouse.share" (dict "total" $values.limits.failuresPerMinute "replicas" $replicas) }}
{{- end }}

{{- define "gatehouse.configuration.ingress-gateway" -}}
listen: {{ include "gatehouse.listen" (dict "root" . "port" 8443) }}
redirect: {{ include "gatehouse.listen" (dict "root" . "port" 8080) }}
publicPort: {{ int .Values.publicPort }}
operations: {{ include "gatehouse.listen" (dict "root" . "port" 8081) }}
defaultHost: console.{{ .Values.domain }}
hosts:
  {{- range $host, $service := dict "console" "console" "dex" "dex" "configurations-generator" "kubeconfig-generator" }}
  {{- $component := index (include "gatehouse.components" $ | fromYaml) $service }}
  {{- $upstream := include "gatehouse.serviceHost" (dict "root" $ "name" $service) }}
  - host: {{ $host }}.{{ $.Values.domain }}
    tls: {{ include "gatehouse.tls" (printf "gateway-%s" $service) }}
    upstream:
      service: {{ $service }}
      url: https://{{ $upstream }}:{{ $component.ports.https }}
      certificateAuthorityFile: /certificates/{{ $service }}/ca.crt
      inspect: {{ include "gatehouse.inspect" (dict "root" $ "name" $service) | quote }}
  {{- end }}
  - host: apiserver.{{ .Values.domain }}
    passthrough:
      service: apiserver-proxy
      host: {{ include "gatehouse.serviceHost" (dict "root" . "name" "apiserver-proxy") }}
      port: 9443
      inspect: {{ include "gatehouse.inspect" (dict "root" . "name" "apiserver-proxy") | quote }}
{{- end }}

{{- define "gatehouse.inspect" -}}
kubectl -n {{ .root.Release.Namespace }} logs deployment/{{ include "gatehouse.fullname" .root }}-{{ .name }}
{{- end }}

{{- define "gatehouse.configuration.permission-controller" -}}
{{- $values := .Values.permissionController }}
operations: {{ include "gatehouse.listen" (dict "root" . "port" 9001) }}
bindings: {{ toJson $values.bindings }}
# Whoever is an admin where the release is could read its keys.
excludedNamespaces: {{ append $values.excludedNamespaces .Release.Namespace | uniq | toJson }}
{{- end }}

{{/* The pod's own ServiceAccount as a kubeconfig; the token's file is read again when the kubelet renews it. */}}
{{- define "gatehouse.kubeconfig" -}}
apiVersion: v1
kind: Config
current-context: in-cluster
contexts: [{ name: in-cluster, context: { cluster: in-cluster, user: service-account } }]
clusters:
  - name: in-cluster
    cluster:
      server: https://kubernetes.default.svc
      certificate-authority: /var/run/secrets/kubernetes.io/serviceaccount/ca.crt
users:
  - name: service-account
    user: { tokenFile: /var/run/secrets/kubernetes.io/serviceaccount/token }
{{- end }}
