{{/*
The certificates, and the names in each. Services' own listeners are dialled by their Services; the gateway's hosts
have a certificate each, with nothing but that name, since browsers reuse an HTTP/2 connection for every name that
its certificate covers.
*/}}
{{- define "gatehouse.certificates" -}}
{{- $proxyHost := regexReplaceAll "^\\[|\\]?(:[0-9]+)?$" (urlParse (include "gatehouse.apiserverProxyUrl" .)).host "" }}
{{- $isAddress := or (regexMatch "^[0-9.]+$" $proxyHost) (contains ":" $proxyHost) }}
apiserver-proxy:
  dnsNames:
    - {{ include "gatehouse.serviceHost" (dict "root" . "name" "apiserver-proxy") }}
    - apiserver.{{ .Values.domain }}
    {{- if not (or $isAddress (eq $proxyHost (printf "apiserver.%s" .Values.domain))) }}
    - {{ $proxyHost }}
    {{- end }}
  {{- if $isAddress }}
  ipAddresses: [{{ $proxyHost | quote }}]
  {{- end }}
{{- range list "console" "dex" "kubeconfig-generator" }}
{{ . }}:
  dnsNames: [{{ include "gatehouse.serviceHost" (dict "root" $ "name" .) }}]
{{- end }}
gateway-console:
  dnsNames: [console.{{ .Values.domain }}]
gateway-dex:
  dnsNames: [dex.{{ .Values.domain }}]
gateway-kubeconfig-generator:
  dnsNames: [configurations-generator.{{ .Values.domain }}]
{{- end }}

{{/* The Secret of a certificate. */}}
{{- define "gatehouse.certificateSecret" -}}
{{ index .root.Values.tls.secrets .certificate | default (printf "%s-%s-tls" (include "gatehouse.fullname" .root) .certificate) }}
{{- end }}
