import type { Alert } from './alert.ts';

/** What of an alert says what it is about; everything else (a pod's name, an instance) says only where it is. */
const TELLING = ['alertname', 'category', 'class', 'topic', 'type', 'rule'];

/** A label value longer than this is cut before it is looked at. */
const TEXT_LENGTH_MAX = 512;

/** A term is whole words in a row; `*` lets its last word go on. */
const TERMS: Readonly<Record<string, readonly string[]>> = {
  'runtime threat': ['falco*', 'tetragon', 'intrusion*', 'malware*', 'ransomware*', 'rootkit*', 'backdoor*'],
  intrusion: [
    'attack*',
    'exploit*',
    'data breach*',
    'security breach*',
    'compromised',
    'shell in container',
    'terminal shell',
  ],
  'unauthorized access': [
    'unauthorized access*',
    'unauthorized api access*',
    'unauthorised access*',
    'unauthorized login*',
    'unauthorised login*',
    'brute force*',
    'bruteforce*',
    'credential theft',
  ],
  'privilege escalation': ['privilege*', 'container escape*', 'pod security violation*'],
  vulnerability: ['cve', 'vulnerabilit*'],
  exfiltration: ['exfiltrat*', 'data leak*', 'secret leak*', 'leaked secret*'],
  cryptomining: ['crypto min*', 'cryptomin*', 'cryptojack*', 'coinmin*'],
  'audit tampering': [
    'audit tamper*',
    'audit log tamper*',
    'audit log deleted',
    'audit log disabled',
    'tamper*',
  ],
  security: ['security incident*', 'security alert*', 'security violation*'],
};

/** Labels whose whole value `security` declares the class. */
const DECLARING = ['category', 'class', 'topic', 'type'];

/** Programs that watch for intruders, by the label `source`: what they send is never about anything else. */
const SENSORS = ['falco', 'tetragon', 'kubearmor', 'wazuh'];

/** `FalcoShell_in-container` as ` falco shell in container `. */
function wordsOf(text: string): string {
  const words = text.slice(0, TEXT_LENGTH_MAX).match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+/g) ?? [];
  return ` ${words.join(' ').toLowerCase()} `;
}

function holds(words: string, term: string): boolean {
  return term.endsWith('*') ? words.includes(` ${term.slice(0, -1)}`) : words.includes(` ${term} `);
}

/**
 * The kind of security trouble that an alert tells of; undefined when it tells of none. Security is preserved and
 * handed over, never repaired, so a term too many costs a person's look, and one too few may destroy a trace.
 */
export function securityClass(alert: Pick<Alert, 'labels'>): string | undefined {
  if (DECLARING.some((label) => alert.labels[label]?.toLowerCase() === 'security')) return 'security';
  const sensor = alert.labels['source']?.toLowerCase() ?? '';
  if (SENSORS.some((name) => sensor.startsWith(name))) return 'runtime threat';
  const words = TELLING.map((label) => wordsOf(alert.labels[label] ?? '')).join('|');
  return Object.entries(TERMS).find(([, terms]) => terms.some((term) => holds(words, term)))?.[0];
}

/** Of all alerts of an incident: one is enough. */
export function securityClassOf(alerts: readonly Pick<Alert, 'labels'>[]): string | undefined {
  return alerts.map(securityClass).find((one) => one !== undefined);
}
