{{/* A text with its placeholders ${…} filled in: arguments `text` and `with`, a dict of their values. */}}
{{- define "scoring-operator.filled" -}}
{{- $text := .text -}}
{{- range $name, $value := .with -}}
{{- $text = replace (printf "${%s}" $name) (toString $value) $text -}}
{{- end -}}
{{- $text -}}
{{- end }}

{{/* Annotations of an alert: arguments `root`, `summary`, `description`, `runbook`. */}}
{{- define "scoring-operator.annotations" -}}
{{- $rules := .root.Values.monitoring.rules -}}
summary: {{ .summary | quote }}
description: {{ .description | quote }}
runbook_url: {{ printf "%s/%s.md" (trimSuffix "/" $rules.runbookUrl) .runbook | quote }}
{{- if $rules.dashboardUrl }}
dashboard_url: {{ $rules.dashboardUrl | quote }}
{{- end }}
{{- end }}

{{/* Fail for names in the values that mean nothing: arguments `root`, `alerts` and `slos`, as the files have them. */}}
{{- define "scoring-operator.judgeRules" -}}
{{- $rules := .root.Values.monitoring.rules -}}
{{- $names := list -}}
{{- $thresholds := dict -}}
{{- range .alerts -}}
{{- $names = append $names .name -}}
{{- $_ := set $thresholds .name (append (keys (.thresholds | default dict)) "for") -}}
{{- end -}}
{{- range .slos -}}
{{- $names = concat $names (list (printf "Scoring%sBurnFast" .name) (printf "Scoring%sBurnSlow" .name)) -}}
{{- end -}}
{{- range $rules.exclude -}}
{{- if not (has . $names) -}}
{{- fail (printf "monitoring.rules.exclude: there is no alert %s; there are %s" . (join ", " $names)) -}}
{{- end -}}
{{- end -}}
{{- range $alert, $given := $rules.thresholds -}}
{{- if not (hasKey $thresholds $alert) -}}
{{- fail (printf "monitoring.rules.thresholds: there is no alert %s with thresholds; there are %s" $alert (keys $thresholds | sortAlpha | join ", ")) -}}
{{- end -}}
{{- $known := get $thresholds $alert -}}
{{- range $name, $value := $given -}}
{{- if not (has $name $known) -}}
{{- fail (printf "monitoring.rules.thresholds.%s: there is no threshold %s; there are %s" $alert $name (sortAlpha $known | join ", ")) -}}
{{- end -}}
{{- if eq $name "for" -}}
{{- if not (regexMatch "^[0-9]+(ms|s|m|h|d|w)$" (toString $value)) -}}
{{- fail (printf "monitoring.rules.thresholds.%s.for: write a duration such as 5m, not %v" $alert $value) -}}
{{- end -}}
{{- else if not (has (kindOf $value) (list "int" "int64" "float64")) -}}
{{- fail (printf "monitoring.rules.thresholds.%s.%s: write a number, not %v" $alert $name $value) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end }}

{{/* Whether a budget burns: arguments `slo`, `aim`, `selector` and `pairs`, each of rate, long and short window. */}}
{{- define "scoring-operator.burning" -}}
{{- $selector := printf "{%s}" .selector -}}
{{- $burns := list -}}
{{- range .pairs -}}
{{- $rate := index . 0 -}}{{- $long := index . 1 -}}{{- $short := index . 2 -}}
{{- $limit := printf "%s * (1 - %v / 100)" $rate $.aim.objective -}}
{{- $ratio := printf "scoring:%s_errors:ratio" $.slo.record -}}
{{- $enough := printf "scoring:%s_events:sum_%s%s >= %v" $.slo.record $long $selector $.aim.minimumEvents -}}
{{- $burns = append $burns (printf "(%s_%s%s > %s\n  and %s_%s%s > %s\n  and %s)" $ratio $long $selector $limit $ratio $short $selector $limit $enough) -}}
{{- end -}}
{{- join "\nor\n" $burns -}}
{{- end }}
