{{/* The name of one part: "souk-user" for the release souk. Takes {root, name}. */}}
{{- define "souk.name" -}}{{ .root.Release.Name }}-{{ .name }}{{- end }}

{{- define "souk.selector" -}}
app.kubernetes.io/name: {{ .name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/part-of: souk
{{- end }}

{{- define "souk.labels" -}}
{{ include "souk.selector" . }}
app.kubernetes.io/version: {{ include "souk.tag" . | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
{{- end }}

{{/* The labels of what belongs to the whole release. Takes the root. */}}
{{- define "souk.releaseLabels" -}}
app.kubernetes.io/name: souk
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/part-of: souk
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{/* Takes {root, name, image}. */}}
{{- define "souk.tag" -}}{{ (.image).tag | default .root.Values.image.tag | default .root.Chart.AppVersion }}{{- end }}
{{- define "souk.image" -}}
{{- $image := printf "%ssouk/%s:%s" .root.Values.image.registry .name (include "souk.tag" .) -}}
{{- with (.image).digest }}{{ $image }}@{{ . }}{{ else }}{{ $image }}{{ end -}}
{{- end }}

{{/*
What runs: for each service that is enabled, and the console, its values with the whole environment and all secrets, and
whether it has a route. Takes the root.
*/}}
{{- define "souk.parts" -}}
{{- $root := . -}}
{{- $parts := dict -}}
{{- $everyone := dict "AUTH_MODE" "required" "SHUTDOWN_DEADLINE_MS" "20000" -}}
{{- $addresses := dict -}}
{{- range $name, $service := .Values.services -}}
{{- $_ := set $addresses (printf "%s_URL" (upper $name)) (printf "http://%s-%s:8080" $root.Release.Name $name) -}}
{{- $_ := set $addresses (printf "%s_OPERATOR_URL" (upper $name)) (printf "http://%s-%s:9464" $root.Release.Name $name) -}}
{{- if $service.enabled -}}
{{- $env := mergeOverwrite (deepCopy $root.Values.env) $service.env $everyone (dict "OPERATOR_PORT" "9464" "SHUTDOWN_DRAIN_MS" (mul $root.Values.drainSeconds 1000)) -}}
{{- $secrets := mergeOverwrite (deepCopy $root.Values.secrets) $service.secrets -}}
{{- $_ := set $parts $name (mergeOverwrite (deepCopy $service) (dict "env" $env "secrets" $secrets "hasRoute" true "isService" true)) -}}
{{- end -}}
{{- end -}}
{{- with .Values.console -}}
{{- if .enabled -}}
{{- $env := mergeOverwrite (deepCopy $root.Values.env) $addresses .env $everyone -}}
{{- $_ := set $parts "console" (mergeOverwrite (deepCopy .) (dict "env" $env "autoscaling" (dict "kind" "none"))) -}}
{{- end -}}
{{- end -}}
{{- toYaml $parts -}}
{{- end }}

{{- define "souk.podSecurity" -}}
runAsNonRoot: true
runAsUser: 1000
runAsGroup: 1000
fsGroup: 1000
seccompProfile: { type: RuntimeDefault }
{{- end }}

{{- define "souk.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}

{{/* The environment: Kafka, variables, and for each secret NAME_FILE. Takes {root, env, secrets}. */}}
{{- define "souk.env" -}}
{{- $kafka := .root.Values.kafka -}}
- { name: KAFKA_BROKERS, value: {{ $kafka.brokers | quote }} }
- { name: KAFKA_SECURITY_PROTOCOL, value: {{ $kafka.securityProtocol }} }
{{- if hasPrefix "SASL" $kafka.securityProtocol }}
- { name: KAFKA_SASL_MECHANISM, value: {{ $kafka.saslMechanism }} }
{{- end }}
{{- range $name, $value := .env }}
- { name: {{ $name }}, value: {{ $value | quote }} }
{{- end }}
{{- range $name, $_ := .secrets }}
- { name: {{ $name }}_FILE, value: /run/secrets/souk/{{ $name }} }
{{- end }}
{{- end }}

{{- define "souk.mounts" -}}
- { name: tmp, mountPath: /tmp }
{{- if .secrets }}
- { name: secrets, mountPath: /run/secrets/souk, readOnly: true }
{{- end }}
{{- end }}

{{- define "souk.volumes" -}}
- name: tmp
  emptyDir: { sizeLimit: 64Mi }
{{- if .secrets }}
- name: secrets
  projected:
    defaultMode: 0440
    sources:
    {{- range $name, $from := .secrets }}
      - secret: { name: {{ $from.secret }}, items: [{ key: {{ $from.key }}, path: {{ $name }} }] }
    {{- end }}
{{- end }}
{{- end }}

{{- define "souk.pullSecrets" -}}
{{- $secrets := list -}}
{{- range . }}{{ $secrets = append $secrets (dict "name" .) }}{{ end -}}
{{ toJson $secrets }}
{{- end }}

{{/*
The pod of a job before a rollout. Takes {root, name, imageName, image, component, env, secrets, command}. Its name is
not that of a service: the Service and the PodDisruptionBudget would take its pod for one of theirs.
*/}}
{{- define "souk.jobPod" -}}
metadata:
  labels:
    {{- include "souk.selector" . | nindent 4 }}
    app.kubernetes.io/component: {{ .component }}
spec:
  automountServiceAccountToken: false
  enableServiceLinks: false
  restartPolicy: Never
  imagePullSecrets: {{ include "souk.pullSecrets" .root.Values.image.pullSecrets }}
  securityContext: {{- include "souk.podSecurity" . | nindent 4 }}
  containers:
    - name: {{ .component }}
      image: {{ include "souk.image" (dict "root" .root "name" .imageName "image" .image) }}
      imagePullPolicy: {{ .root.Values.image.pullPolicy }}
      {{- with .command }}
      command: {{ toJson . }}
      {{- end }}
      env: {{- include "souk.env" . | nindent 8 }}
      resources: {{- toYaml .root.Values.resources | nindent 8 }}
      securityContext: {{- include "souk.containerSecurity" . | nindent 8 }}
      volumeMounts: {{- include "souk.mounts" . | nindent 8 }}
  volumes: {{- include "souk.volumes" . | nindent 4 }}
{{- end }}

{{/*
One such job. Its name changes with its pod, since a Job cannot be changed: so a plain `kubectl apply` works too. Argo CD
takes Helm's hooks for its own (PreSync), and their weights for waves.
*/}}
{{- define "souk.job" -}}
{{- $pod := include "souk.jobPod" . -}}
apiVersion: batch/v1
kind: Job
metadata:
  name: {{ include "souk.name" . }}-{{ sha256sum $pod | trunc 8 }}
  labels:
    {{- include "souk.labels" . | nindent 4 }}
    app.kubernetes.io/component: {{ .component }}
  annotations:
    helm.sh/hook: pre-install,pre-upgrade
    helm.sh/hook-weight: {{ .weight | quote }}
    helm.sh/hook-delete-policy: before-hook-creation
spec:
  backoffLimit: 6
  activeDeadlineSeconds: 3600
  ttlSecondsAfterFinished: 86400
  template: {{- $pod | nindent 4 }}
{{- end }}
