/** The platform's alerts with their windows cut from minutes to seconds; the thresholds are the real ones. */
export const RULES = `
groups:
  - name: platform
    rules:
      - alert: HighMemoryUsage
        expr: |
          max by (namespace, pod) (
            max by (namespace, pod, container) (container_memory_working_set_bytes{container!=""})
            / on (namespace, pod, container)
            max by (namespace, pod, container) (kube_pod_container_resource_limits{resource="memory"})
          ) > 0.9
        for: 1s
        labels: { severity: warning }
        annotations: { summary: "{{ $labels.pod }} uses {{ $value | humanizePercentage }} of its memory limit" }
      - alert: PodCrashLoopBackOff
        expr: |
          max by (namespace, pod, container) (
            max_over_time(kube_pod_container_status_waiting_reason{reason="CrashLoopBackOff"}[5s])
          ) >= 1
        for: 1s
        labels: { severity: critical }
        annotations: { summary: "{{ $labels.pod }} keeps crashing" }
      - alert: HighErrorRate
        expr: |
          label_replace(
            sum by (namespace, service) (rate(http_requests_total{status=~"5.."}[4s]))
            / sum by (namespace, service) (rate(http_requests_total[4s])),
            "deployment", "$1", "service", "(.*)"
          ) > 0.05
        for: 1s
        labels: { severity: critical }
        annotations: { summary: "{{ $labels.service }} answers {{ $value | humanizePercentage }} of its requests with errors" }
      - alert: Watchdog
        expr: vector(1)
        labels: { severity: none }
`;
