{{/* The pod of a component, as the restricted Pod Security level wants it. */}}
{{- define "gatehouse.pod" -}}
{{- $root := .root }}
{{- $isProxy := eq .name "apiserver-proxy" }}
{{- $hasCatalogue := and (eq .name "kubeconfig-generator") $root.Values.kubeconfigGenerator.catalogue.enabled }}
serviceAccountName: {{ include "gatehouse.fullname" $root }}-{{ .name }}
automountServiceAccountToken: {{ .component.usesApi | default false }}
enableServiceLinks: false
{{- with $root.Values.image.pullSecrets }}
imagePullSecrets: {{ toJson . }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  fsGroup: 65532
  seccompProfile: { type: RuntimeDefault }
# More than a replica needs to hand over and to finish.
terminationGracePeriodSeconds: {{ if $isProxy }}{{ add 10 (int .values.lameDuckSeconds) (int .values.drainSeconds) }}{{ else }}30{{ end }}
containers:
  - name: {{ .name }}
    image: {{ $root.Values.image.repository }}/{{ .name }}:{{ $root.Values.image.tag | default $root.Chart.AppVersion }}
    imagePullPolicy: {{ $root.Values.image.pullPolicy }}
    securityContext:
      allowPrivilegeEscalation: false
      readOnlyRootFilesystem: true
      capabilities: { drop: [ALL] }
    ports:
      {{- range $port, $number := .component.ports }}
      - { name: {{ $port }}, containerPort: {{ $number }} }
      {{- end }}
    startupProbe:
      httpGet: { path: {{ .component.health.ready }}, port: operations }
      periodSeconds: 1
      failureThreshold: 120
    readinessProbe:
      httpGet: { path: {{ .component.health.ready }}, port: operations }
      periodSeconds: 5
      timeoutSeconds: 3
      failureThreshold: 2
    livenessProbe:
      httpGet: { path: {{ .component.health.live }}, port: operations }
      periodSeconds: 10
      timeoutSeconds: 5
      failureThreshold: 6
    {{- if not $isProxy }}
    # Until nobody sends it requests any more. The proxy does that by itself, and tells its clients meanwhile.
    lifecycle: { preStop: { sleep: { seconds: 5 } } }
    {{- end }}
    resources:
      {{- toYaml .values.resources | nindent 6 }}
    volumeMounts:
      - { name: configuration, mountPath: /etc/gatehouse, readOnly: true }
      {{- if .component.certificates }}
      - { name: certificates, mountPath: /certificates, readOnly: true }
      {{- end }}
      {{- if $isProxy }}
      - { name: revocations, mountPath: /etc/gatehouse-revocations, readOnly: true }
      {{- end }}
      {{- if $hasCatalogue }}
      - { name: catalogue, mountPath: /catalogue, readOnly: true }
      {{- end }}
volumes:
  - name: configuration
    {{- if .component.isSecret }}
    secret: { secretName: {{ include "gatehouse.fullname" $root }}-{{ .name }}, defaultMode: 0440 }
    {{- else }}
    configMap: { name: {{ include "gatehouse.fullname" $root }}-{{ .name }} }
    {{- end }}
  {{- if .component.certificates }}
  - name: certificates
    projected:
      defaultMode: 0440
      sources:
        {{- range .component.certificates }}
        - secret:
            name: {{ include "gatehouse.certificateSecret" (dict "root" $root "certificate" .) }}
            items: [{ key: tls.crt, path: {{ . }}/tls.crt }, { key: tls.key, path: {{ . }}/tls.key }]
        {{- end }}
        {{- range .component.authorities }}
        - secret:
            name: {{ include "gatehouse.certificateSecret" (dict "root" $root "certificate" .) }}
            items: [{ key: ca.crt, path: {{ . }}/ca.crt }]
        {{- end }}
  {{- end }}
  {{- if $isProxy }}
  # A mount of the whole directory: the kubelet brings a changed list into the running pod.
  - name: revocations
    configMap: { name: {{ include "gatehouse.fullname" $root }}-revocations }
  {{- end }}
  {{- if $hasCatalogue }}
  # What the catalogue names, and nothing else of those Secrets.
  - name: catalogue
    projected:
      defaultMode: 0440
      sources:
        - configMap: { name: kube-root-ca.crt, items: [{ key: ca.crt, path: kube-root-ca.crt }] }
        {{- range (include "gatehouse.catalogueClusters" $root | fromYaml).files }}
        {{- $secret := splitList "/" . }}
        - secret:
            name: {{ first $secret }}
            items: [{ key: {{ last $secret | quote }}, path: {{ printf "secrets/%s" . | quote }} }]
        {{- end }}
  {{- end }}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    matchLabelKeys: [pod-template-hash]
    labelSelector:
      matchLabels:
        {{- include "gatehouse.selector" . | nindent 8 }}
{{- with $root.Values.nodeSelector }}
nodeSelector: {{ toJson . }}
{{- end }}
{{- with $root.Values.tolerations }}
tolerations: {{ toJson . }}
{{- end }}
{{- with $root.Values.affinity }}
affinity: {{ toJson . }}
{{- end }}
{{- end }}
