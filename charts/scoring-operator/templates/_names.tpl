{{- define "scoring-operator.name" -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- end }}

{{- define "scoring-operator.scope" -}}
{{- if not (has .Values.scope (list "Namespace" "Cluster")) -}}
{{- fail (printf "scope: expected Namespace or Cluster, got %q" (toString .Values.scope)) -}}
{{- end -}}
{{- .Values.scope -}}
{{- end }}

{{- /* Of what belongs to no namespace. No namespace has a dot in its name, so that no two releases get the same. */ -}}
{{- define "scoring-operator.clusterwide" -}}
{{- .Release.Namespace -}}.{{- include "scoring-operator.name" . -}}
{{- end }}

{{- define "scoring-operator.role" -}}
{{- $isCluster := eq (include "scoring-operator.scope" .) "Cluster" -}}
{{- include (ternary "scoring-operator.clusterwide" "scoring-operator.name" $isCluster) . -}}
{{- end }}

{{- define "scoring-operator.image" -}}
{{- .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion -}}
{{- end }}

{{- define "scoring-operator.workerImage" -}}
{{- .Values.workers.image | default (printf "scoring-operator/service:%s" .Chart.AppVersion) -}}
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
