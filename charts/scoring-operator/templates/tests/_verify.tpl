{{- /* Not the operator's labels: its selectors must not find the test. */ -}}
{{- define "scoring-operator.testLabels" -}}
app.kubernetes.io/name: scoring-operator-test
app.kubernetes.io/instance: {{ .Release.Name | quote }}
app.kubernetes.io/component: test
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- /* Called with the weight: what is lighter is made first. */ -}}
{{- define "scoring-operator.testHook" -}}
helm.sh/hook: test
helm.sh/hook-weight: {{ . | quote }}
helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
{{- end }}

{{- define "scoring-operator.testSecurity" -}}
allowPrivilegeEscalation: false
capabilities: {drop: [ALL]}
readOnlyRootFilesystem: true
{{- end }}

{{- /* Another name than the account's: a pipeline has one of its own name. At most 42 characters, a letter first, no dot. */ -}}
{{- define "scoring-operator.testPipelineName" -}}
smoke-{{ include "scoring-operator.name" . | replace "." "-" | trunc 36 | trimSuffix "-" }}
{{- end }}

{{- define "scoring-operator.testPipeline" -}}
apiVersion: scoring.dev/v1alpha1
kind: ScoringPipeline
metadata:
  name: {{ include "scoring-operator.testPipelineName" . | quote }}
  namespace: {{ include "scoring-operator.namespace" . | quote }}
  labels: {{- include "scoring-operator.testLabels" . | nindent 4 }}
spec:
  kafka: {bootstrapServers: {{ toJson .Values.test.bootstrapServers }}}
  input: {topic: scoring-operator-test}
  output: {successTopic: scoring-operator-test-scores, failureTopic: scoring-operator-test-failures}
  scorer:
    walletReputation: {variant: zeru-v1}
{{- end }}
