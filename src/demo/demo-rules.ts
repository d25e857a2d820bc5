/**
 * The platform's alerts with everything cut short: windows of seconds where a platform has minutes. Thresholds are
 * the real ones.
 */
export const DEMO_RULES = `
groups:
  - name: demo
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
      - alert: HighErrorRate
        expr: |
          label_replace(
            sum by (namespace, service) (rate(http_requests_total{status=~"5.."}[3s]))
            / sum by (namespace, service) (rate(http_requests_total[3s])),
            "deployment", "$1", "service", "(.*)"
          ) > 0.05
        for: 1s
        labels: { severity: critical }
        annotations: { summary: "{{ $labels.service }} answers {{ $value | humanizePercentage }} of its requests with errors" }
      - alert: PodCrashLoopBackOff
        expr: max by (namespace, pod) (kube_pod_container_status_waiting_reason{reason="CrashLoopBackOff"}) == 1
        for: 1s
        labels: { severity: critical }
        annotations: { summary: "{{ $labels.pod }} crashes again and again" }
      - alert: Watchdog
        expr: vector(1)
        labels: { severity: none }
`;
