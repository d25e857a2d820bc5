import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { securityClass, securityClassOf } from './security-class.ts';

const of = (labels: Readonly<Record<string, string>>): string | undefined => securityClass({ labels });

const SECURITY: readonly (readonly [string, string])[] = [
  ['FalcoCriticalAlertFiring', 'runtime threat'],
  ['FalcoXZBackdoorAlert', 'runtime threat'],
  ['IntrusionDetected', 'runtime threat'],
  ['TerminalShellInContainer', 'intrusion'],
  ['UnauthorizedAPIAccess', 'unauthorized access'],
  ['SSHBruteForce', 'unauthorized access'],
  ['UnauthorizedLoginAttempts', 'unauthorized access'],
  ['PrivilegeEscalation', 'privilege escalation'],
  ['PrivilegedContainerStarted', 'privilege escalation'],
  ['PodSecurityViolation', 'privilege escalation'],
  ['CriticalVulnerabilityFound', 'vulnerability'],
  ['ImageWithCVE', 'vulnerability'],
  ['data_exfiltration_suspected', 'exfiltration'],
  ['CryptominerRunning', 'cryptomining'],
  ['CryptoMiningPool', 'cryptomining'],
  ['AuditLogTampered', 'audit tampering'],
];

const OTHERS = [
  'HighMemoryUsage',
  'PodCrashLoopBackOff',
  'EnvoyProxyOAuth2SecretInitFetchTimeout',
  'KubeAPIErrorBudgetBurn',
  'CertificateExpiringSoon',
  'KubeAuditLogVolumeHigh',
  'PodSecurityAdmissionSlow',
  'ReceiverDown',
  'LatencySLOBreach',
  'HTTP401Unauthorized',
];

describe('the security class of an alert', () => {
  for (const [alertname, wanted] of SECURITY)
    test(`${alertname}: ${wanted}`, () => assert.equal(of({ alertname }), wanted));

  for (const alertname of OTHERS)
    test(`${alertname}: none`, () => assert.equal(of({ alertname, severity: 'critical' }), undefined));

  test('a category says it for any name', () => {
    assert.equal(of({ alertname: 'HighFailedAuthAttempts', category: 'security' }), 'security');
    assert.equal(of({ alertname: 'Anything', topic: 'Security' }), 'security');
    assert.equal(of({ alertname: 'Anything', source: 'falco' }), 'runtime threat');
  });

  test('where it is says nothing: a namespace or a pod may have any name', () => {
    assert.equal(
      of({ alertname: 'HighMemoryUsage', namespace: 'falco', pod: 'cve-scanner-1', team: 'security' }),
      undefined,
    );
  });

  test('two labels never make one term together', () => {
    assert.equal(of({ alertname: 'Crypto', category: 'mining' }), undefined);
  });

  test('one alert of an incident is enough', () => {
    const plain = { labels: { alertname: 'HighMemoryUsage' } };
    assert.equal(
      securityClassOf([plain, { labels: { alertname: 'FalcoCriticalAlertFiring' } }]),
      'runtime threat',
    );
    assert.equal(securityClassOf([plain]), undefined);
    assert.equal(securityClassOf([]), undefined);
  });
});
