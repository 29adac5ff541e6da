{{/* The name of every resource: the release name, plus the chart name unless the release name contains it. */}}
{{- define "zuora-gateway.fullname" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "zuora-gateway.selectorLabels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end -}}

{{- define "zuora-gateway.labels" -}}
{{ include "zuora-gateway.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "zuora-gateway.image" -}}
{{- $image := .Values.image -}}
{{- if $image.digest -}}
{{- printf "%s/%s@%s" $image.registry $image.repository $image.digest -}}
{{- else -}}
{{- printf "%s/%s:%s" $image.registry $image.repository (default .Chart.AppVersion $image.tag) -}}
{{- end -}}
{{- end -}}

{{- define "zuora-gateway.tlsSecret" -}}
{{- default (printf "%s-tls" (include "zuora-gateway.fullname" .)) .Values.tls.existingSecret -}}
{{- end -}}

{{/* Whether certificates are mounted. The chart makes none for a sidecar, so only those of an existing Secret. */}}
{{- define "zuora-gateway.mountsTLS" -}}
{{- if and .Values.tls.enabled (or (eq .Values.mode "shared") .Values.tls.existingSecret) -}}true{{- end -}}
{{- end -}}

{{/* Fails for values with which no pod would become ready. */}}
{{- define "zuora-gateway.validate" -}}
{{- $tls := .Values.tls -}}
{{- if and (eq .Values.mode "shared") $tls.enabled (not $tls.certManager.enabled) (not $tls.existingSecret) -}}
{{- fail "tls needs a certificate: set tls.existingSecret, or tls.certManager.enabled and its issuerRef, or tls.enabled=false" -}}
{{- end -}}
{{- $reachable := false -}}
{{- range regexFindAll (printf "(?m)^[^#\\n]*\\badmin[\"']?\\s*=\\s*[\"']+[^\"']+:%v[\"']" .Values.ports.admin) .Values.config -1 -}}
{{- if not (regexMatch "\\badmin[\"']?\\s*=\\s*[\"']+(127\\.|localhost:|\\[::1\\])" .) -}}{{- $reachable = true -}}{{- end -}}
{{- end -}}
{{- if not $reachable -}}
{{- fail (printf "config: probes need the admin listener on the pod's address: admin = \"0.0.0.0:%v\" in [gateway]" .Values.ports.admin) -}}
{{- end -}}
{{- end -}}

{{- define "zuora-gateway.containerSecurityContext" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: ["ALL"]
{{- end -}}

{{- define "zuora-gateway.volumeMounts" -}}
- name: gateway-config
  mountPath: /etc/zuora-gateway
  readOnly: true
{{- if .Values.existingSecret }}
- name: zuora-clients
  mountPath: /var/run/secrets/zuora
  readOnly: true
{{- end }}
{{- if include "zuora-gateway.mountsTLS" . }}
- name: gateway-tls
  mountPath: /var/run/tls
  readOnly: true
{{- end }}
{{- end -}}

{{/* The volumes of the gateway's container; for a pod with a sidecar, too. The pod needs `fsGroup: 65532` to let it read the Secrets. */}}
{{- define "zuora-gateway.volumes" -}}
- name: gateway-config
  configMap:
    name: {{ include "zuora-gateway.fullname" . }}
{{- if .Values.existingSecret }}
- name: zuora-clients
  secret:
    secretName: {{ .Values.existingSecret | quote }}
    defaultMode: 0440
{{- end }}
{{- if include "zuora-gateway.mountsTLS" . }}
- name: gateway-tls
  secret:
    secretName: {{ include "zuora-gateway.tlsSecret" . | quote }}
    defaultMode: 0440
{{- end }}
{{- end -}}

{{/* A native sidecar, for the initContainers of a pod. From a parent chart, with this chart's own scope:
       initContainers:
         {{- include "zuora-gateway.sidecar" (index .Subcharts "zuora-gateway") | nindent 8 }}
*/}}
{{- define "zuora-gateway.sidecar" -}}
- name: zuora-gateway
  image: {{ include "zuora-gateway.image" . }}
  imagePullPolicy: {{ .Values.image.pullPolicy }}
  restartPolicy: Always
  args: ["run", "--config", "/etc/zuora-gateway/proxy.conf"]
  ports:
    - name: gateway-admin
      containerPort: {{ .Values.ports.admin }}
  startupProbe:
    httpGet:
      path: {{ .Values.sidecar.startupPath }}
      port: gateway-admin
    periodSeconds: 1
    failureThreshold: 60
  livenessProbe:
    httpGet:
      path: /livez
      port: gateway-admin
    periodSeconds: 10
    failureThreshold: 3
  resources:
    {{- toYaml .Values.sidecar.resources | nindent 4 }}
  securityContext:
    {{- include "zuora-gateway.containerSecurityContext" . | nindent 4 }}
  volumeMounts:
    {{- include "zuora-gateway.volumeMounts" . | nindent 4 }}
{{- end -}}
