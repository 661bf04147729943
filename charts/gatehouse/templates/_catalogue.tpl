{{/*
The generator's catalogue: the cluster that the release is in, of which the chart knows all but where its API
server is, and the others as they stand in the values.
*/}}
{{- define "gatehouse.catalogue" -}}
{{- $catalogue := .Values.kubeconfigGenerator.catalogue }}
projects: {{ toJson $catalogue.projects }}
clusters: {{ toJson (include "gatehouse.catalogueClusters" . | fromYaml).clusters }}
{{- end }}

{{/*
The clusters, and the files of Secrets that they name. A value SECRET/KEY becomes the path where that key is
mounted.
*/}}
{{- define "gatehouse.catalogueClusters" -}}
{{- $catalogue := .Values.kubeconfigGenerator.catalogue }}
{{- $projects := list }}
{{- range $catalogue.projects }}
{{- $projects = append $projects .name }}
{{- end }}
{{- $files := list }}
{{- $clusters := list (include "gatehouse.ownCluster" . | fromYaml) }}
{{- range $catalogue.clusters }}
{{- $clusters = append $clusters (deepCopy .) }}
{{- end }}
{{- range $cluster := $clusters }}
{{- if not (has $cluster.project $projects) }}
{{- fail (printf "kubeconfigGenerator.catalogue: the cluster %q is in the project %q, and there is none of that name among its projects" $cluster.id $cluster.project) }}
{{- end }}
{{- $oidc := $cluster.oidc | default dict }}
{{- range $holder := list $cluster $cluster.proxy $oidc.clientConfig $cluster.credentials }}
{{- range $field := list "certificateAuthorityFile" "kubeconfig" }}
{{- $file := get ($holder | default dict) $field }}
{{- if and $file (not (hasPrefix "/" $file)) }}
{{- $files = append $files $file }}
{{- $_ := set $holder $field (printf "/catalogue/secrets/%s" $file) }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{ toJson (dict "clusters" $clusters "files" (uniq $files)) }}
{{- end }}

{{/* The entry of the cluster that the release is in. */}}
{{- define "gatehouse.ownCluster" -}}
{{- $own := .Values.kubeconfigGenerator.catalogue.cluster }}
# The console asks for the files by the name that it knows the cluster by.
id: {{ .Values.clusterName | quote }}
name: {{ .Values.clusterName | quote }}
project: {{ $own.project | quote }}
server: {{ $own.server | quote }}
certificateAuthorityFile: {{ $own.certificateAuthorityFile | default "/catalogue/kube-root-ca.crt" | quote }}
oidc:
  {{- include "gatehouse.login" . | nindent 2 }}
proxy:
  server: {{ include "gatehouse.apiserverProxyUrl" . }}
  certificateAuthorityFile: /certificates/apiserver-proxy/ca.crt
{{- if $own.credentials.enabled }}
credentials:
  kubeconfig: /etc/gatehouse/kubeconfig
  clusterRole: {{ $own.credentials.clusterRole | quote }}
  lifetimeSeconds: {{ int $own.credentials.lifetimeSeconds }}
{{- end }}
{{- end }}

{{/* How files of the format exec log in. */}}
{{- define "gatehouse.login" -}}
issuerUrl: {{ include "gatehouse.url" (dict "root" . "host" "dex") }}
clientConfig:
  clientId: {{ .Values.identity.clientId | quote }}
  certificateAuthorityFile: /certificates/gateway-dex/ca.crt
  {{- with .Values.kubeconfigGenerator.issuerAddress }}
  address: {{ . | quote }}
  {{- end }}
{{- end }}

{{/* Whether the generator issues credentials at the cluster that the release is in. */}}
{{- define "gatehouse.issuesCredentials" -}}
{{- with .Values.kubeconfigGenerator.catalogue }}{{ and .enabled .cluster.credentials.enabled }}{{ end }}
{{- end }}
