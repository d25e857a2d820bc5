/** The pod security standards `baseline` and `restricted`. Source: kubernetes.io "Pod Security Standards". */

import { isFields } from './objects.ts';
import type { Container, Fields, Pod } from './objects.ts';

/** Why a pod breaks the level that its namespace enforces; empty when it does not, or nothing is enforced. */
export function podSecurityFaults(pod: Pod, level: string | undefined): string[] {
  if (level === 'baseline') return baseline(pod);
  if (level === 'restricted') return [...baseline(pod), ...restricted(pod)];
  return [];
}

function security(container: Container): Fields {
  return container.securityContext ?? {};
}

function named(containers: readonly Container[]): string {
  const names = containers.map((container) => `"${container.name}"`).join(', ');
  return containers.length === 1 ? `container ${names}` : `containers ${names}`;
}

function baseline(pod: Pod): string[] {
  const faults: string[] = [];
  const shared = ['hostNetwork', 'hostPID', 'hostIPC'].filter((field) => pod.spec[field] === true);
  if (shared.length > 0)
    faults.push(`host namespaces (${shared.map((field) => `${field}=true`).join(', ')})`);
  const privileged = pod.spec.containers.filter((container) => security(container)['privileged'] === true);
  if (privileged.length > 0)
    faults.push(`privileged (${named(privileged)} must not set securityContext.privileged=true)`);
  const paths = (pod.spec.volumes ?? []).filter((volume) => volume['hostPath'] !== undefined);
  if (paths.length > 0)
    faults.push(`hostPath volumes (${paths.map((volume) => `volume "${volume.name}"`).join(', ')})`);
  return faults;
}

function restricted(pod: Pod): string[] {
  const faults: string[] = [];
  const { containers } = pod.spec;
  const shared = isFields(pod.spec['securityContext']) ? pod.spec['securityContext'] : {};
  const escalating = containers.filter(
    (container) => security(container)['allowPrivilegeEscalation'] !== false,
  );
  if (escalating.length > 0)
    faults.push(
      `allowPrivilegeEscalation != false (${named(escalating)} must set securityContext.allowPrivilegeEscalation=false)`,
    );
  const capable = containers.filter((container) => !dropsAll(security(container)['capabilities']));
  if (capable.length > 0)
    faults.push(
      `unrestricted capabilities (${named(capable)} must set securityContext.capabilities.drop=["ALL"])`,
    );
  const root = containers.filter(
    (container) => (security(container)['runAsNonRoot'] ?? shared['runAsNonRoot']) !== true,
  );
  if (root.length > 0)
    faults.push(`runAsNonRoot != true (pod or ${named(root)} must set securityContext.runAsNonRoot=true)`);
  const profiled = containers.filter(
    (container) => !isFields(security(container)['seccompProfile'] ?? shared['seccompProfile']),
  );
  if (profiled.length > 0)
    faults.push(
      `seccompProfile (pod or ${named(profiled)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")`,
    );
  return faults;
}

function dropsAll(capabilities: unknown): boolean {
  return (
    isFields(capabilities) && Array.isArray(capabilities['drop']) && capabilities['drop'].includes('ALL')
  );
}
