{{- /* A text of at most so many characters, a long one with a hash at its end, so that no two get the same: arguments
`text` and `most`. */ -}}
{{- define "scoring-operator.short" -}}
{{- $begin := .text | trunc (sub .most 9 | int) | trimSuffix "-" | trimSuffix "." -}}
{{- gt (len .text) (int .most) | ternary (printf "%s-%s" $begin (.text | sha256sum | trunc 8)) .text -}}
{{- end }}

{{- define "scoring-operator.name" -}}
{{- include "scoring-operator.short" (dict "text" (.Values.fullnameOverride | default .Release.Name) "most" 50) -}}
{{- end }}

{{- define "scoring-operator.namespace" -}}
{{- .Values.namespaceOverride | default .Release.Namespace -}}
{{- end }}

{{- define "scoring-operator.serviceAccount" -}}
{{- if not (or .Values.serviceAccount.create .Values.serviceAccount.name) -}}
{{- fail "serviceAccount.name: name the account that is there, or let serviceAccount.create make one" -}}
{{- end -}}
{{- .Values.serviceAccount.name | default (include "scoring-operator.name" .) -}}
{{- end }}

{{- /* Of what belongs to no namespace. No namespace has a dot in its name, so that no two releases get the same. Of 63
characters 9 are left for an ending. */ -}}
{{- define "scoring-operator.clusterwide" -}}
{{- $name := printf "%s.%s" (include "scoring-operator.namespace" .) (include "scoring-operator.name" .) -}}
{{- include "scoring-operator.short" (dict "text" $name "most" 54) -}}
{{- end }}

{{- define "scoring-operator.role" -}}
{{- $isCluster := eq .Values.scope "Cluster" -}}
{{- include (ternary "scoring-operator.clusterwide" "scoring-operator.name" $isCluster) . -}}
{{- end }}

{{- define "scoring-operator.image" -}}
{{- $registry := .Values.global.imageRegistry | default .Values.image.registry -}}
{{- with $registry }}{{ trimSuffix "/" . }}/{{ end -}}
{{- .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion -}}
{{- with .Values.image.digest }}@{{ . }}{{ end -}}
{{- end }}

{{- define "scoring-operator.workerImage" -}}
{{- $registry := .Values.global.imageRegistry -}}
{{- $default := printf "%sscoring-operator/service:%s" (ternary (printf "%s/" (trimSuffix "/" $registry)) "" (ne $registry "")) .Chart.AppVersion -}}
{{- .Values.workers.image | default $default -}}
{{- end }}

{{- define "scoring-operator.selector" -}}
app.kubernetes.io/name: {{ .Values.nameOverride | default "scoring-operator" | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{- /* The chart's own go before those of the values: a selector must find what it is made for. */ -}}
{{- define "scoring-operator.labels" -}}
{{- $own := include "scoring-operator.ownLabels" . | fromYaml -}}
{{- merge $own .Values.commonLabels | toYaml -}}
{{- end }}

{{- define "scoring-operator.ownLabels" -}}
{{ include "scoring-operator.selector" . }}
app.kubernetes.io/component: operator
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "scoring-operator.opsPeers" -}}
{{- $here := dict "matchLabels" (dict "kubernetes.io/metadata.name" (include "scoring-operator.namespace" .)) -}}
{{- $operator := dict "matchLabels" (include "scoring-operator.selector" . | fromYaml) -}}
{{- concat (list (dict "namespaceSelector" $here "podSelector" $operator)) .Values.workers.networkPolicy.monitoring | toJson -}}
{{- end }}

{{- /* A list of texts in which * stands for any characters, as one regular expression; an empty one matches nothing. */ -}}
{{- define "scoring-operator.pattern" -}}
{{- $quoted := list -}}
{{- range . -}}
{{- $quoted = append $quoted (regexQuoteMeta . | replace "\\*" ".*") -}}
{{- end -}}
{{- ternary (printf "^(%s)$" (join "|" $quoted)) "^$" (gt (len $quoted) 0) -}}
{{- end }}
