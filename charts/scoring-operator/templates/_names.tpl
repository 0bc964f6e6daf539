{{- define "scoring-operator.name" -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- end }}

{{- define "scoring-operator.scope" -}}
{{- if not (has .Values.scope (list "Namespace" "Cluster")) -}}
{{- fail (printf "scope: expected Namespace or Cluster, got %q" (toString .Values.scope)) -}}
{{- end -}}
{{- .Values.scope -}}
{{- end }}

{{- define "scoring-operator.role" -}}
{{- if eq (include "scoring-operator.scope" .) "Cluster" -}}{{- .Release.Namespace -}}-{{- end -}}
{{- include "scoring-operator.name" . -}}
{{- end }}

{{- define "scoring-operator.selector" -}}
app.kubernetes.io/name: scoring-operator
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "scoring-operator.labels" -}}
{{ include "scoring-operator.selector" . }}
app.kubernetes.io/component: operator
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "scoring-operator.opsPeers" -}}
{{- $here := dict "matchLabels" (dict "kubernetes.io/metadata.name" .Release.Namespace) -}}
{{- $operator := dict "matchLabels" (include "scoring-operator.selector" . | fromYaml) -}}
{{- concat (list (dict "namespaceSelector" $here "podSelector" $operator)) .Values.workers.networkPolicy.monitoring | toJson -}}
{{- end }}
