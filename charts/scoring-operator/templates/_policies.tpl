{{/* What a policy about pipelines looks at: those that are made, or whose spec changes, where this release serves. */}}
{{- define "scoring-operator.ofPipelines" -}}
failurePolicy: Fail
matchConstraints:
  {{- if eq .Values.scope "Namespace" }}
  namespaceSelector:
    matchLabels: {kubernetes.io/metadata.name: {{ include "scoring-operator.namespace" . | quote }}}
  {{- end }}
  resourceRules:
    - apiGroups: [scoring.dev]
      apiVersions: ["*"]
      operations: [CREATE, UPDATE]
      resources: [scoringpipelines]
matchConditions:
  - name: changed
    expression: oldObject == null || object.spec != oldObject.spec
{{- end }}

{{/* The binding of a policy: arguments `root` and `policy`, the end of its name. */}}
{{- define "scoring-operator.binding" -}}
{{- $name := printf "%s.%s" (include "scoring-operator.clusterwide" .root) .policy -}}
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  name: {{ $name | quote }}
  labels: {{- include "scoring-operator.labels" .root | nindent 4 }}
spec:
  policyName: {{ $name | quote }}
  validationActions: [Deny]
{{- end }}
