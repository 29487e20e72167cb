{{- define "hermes-gate.fullname" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name | trunc 63 | trimSuffix "-" }}
{{- else }}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 63 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "hermes-gate.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "hermes-gate.labels" -}}
{{ include "hermes-gate.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- /* The gate's config.yaml. Refuses what would start and then not hold. */ -}}
{{- define "hermes-gate.config" -}}
{{- $config := .Values.config }}
{{- if not $config.upstream }}{{ fail "config.upstream is needed: the dashboard, as http://dashboard:9119" }}{{ end }}
{{- if not $config.public_url }}{{ fail "config.public_url is needed: how the outside names the gate" }}{{ end }}
{{- if and (gt (int .Values.replicas) 1) (not $config.store) (not $config.store_file) }}
{{- fail "replicas above 1 need config.store or config.store_file: gates that share nothing forget sign-outs" }}
{{- end }}
{{- toYaml (merge (dict "admin_listen" ":4181") $config) }}
{{- end }}
