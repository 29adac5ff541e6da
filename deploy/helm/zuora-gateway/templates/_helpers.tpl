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
app.kubernetes.io/instance: {{ .Release.Name }}
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
{{- if .Values.tls.enabled }}
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
    secretName: {{ .Values.existingSecret }}
    defaultMode: 0440
{{- end }}
{{- if .Values.tls.enabled }}
- name: gateway-tls
  secret:
    secretName: {{ include "zuora-gateway.tlsSecret" . }}
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
