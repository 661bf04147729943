{{- define "gatehouse.fullname" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name }}{{ else }}{{ .Release.Name }}-{{ .Chart.Name }}{{ end }}
{{- end }}

{{/* Labels that never change; call with the root and the name of a component. */}}
{{- define "gatehouse.selector" -}}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .name }}
{{- end }}

{{- define "gatehouse.labels" -}}
{{ include "gatehouse.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
app.kubernetes.io/part-of: gatehouse
helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
{{- end }}

{{/* Of an object of a component: the name, the namespace, the labels. */}}
{{- define "gatehouse.metadata" -}}
name: {{ include "gatehouse.fullname" .root }}-{{ .name }}
namespace: {{ .root.Release.Namespace }}
labels:
  {{- include "gatehouse.labels" . | nindent 2 }}
{{- end }}

{{/* The same of a cluster-wide object, of which another release may have one, too. */}}
{{- define "gatehouse.clusterWideName" -}}
{{ .root.Release.Namespace }}-{{ include "gatehouse.fullname" .root }}-{{ .name }}
{{- end }}

{{/* The URL of a host of the gateway; call with the root and the first label of the host. */}}
{{- define "gatehouse.url" -}}
https://{{ .host }}.{{ .root.Values.domain }}{{ if ne (int .root.Values.publicPort) 443 }}:{{ int .root.Values.publicPort }}{{ end }}
{{- end }}

{{/* Where kubeconfigs point. */}}
{{- define "gatehouse.apiserverProxyUrl" -}}
{{ .Values.apiserverProxy.url | default (include "gatehouse.url" (dict "root" . "host" "apiserver")) }}
{{- end }}

{{/* The name of a component's Service within the cluster. */}}
{{- define "gatehouse.serviceHost" -}}
{{ include "gatehouse.fullname" .root }}-{{ .name }}.{{ .root.Release.Namespace }}.svc
{{- end }}

{{/* The most replicas that a component may have. */}}
{{- define "gatehouse.maxReplicas" -}}
{{- if (.autoscaling | default dict).enabled }}{{ int .autoscaling.maxReplicas }}{{ else }}{{ int .replicas }}{{ end }}
{{- end }}

{{/* What one replica may have of a limit that holds for all of them; call with the total and the replicas. */}}
{{- define "gatehouse.share" -}}
{{ max 1 (div (int .total) (int .replicas)) }}
{{- end }}
