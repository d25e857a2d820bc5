/** The Prometheus text format, written. */

export type MetricLabels = Readonly<Record<string, string>>;

/** Collects samples and writes them grouped by metric, each with its type. */
export class MetricText {
  readonly #families = new Map<string, { type: string; lines: string[] }>();

  gauge(name: string, labels: MetricLabels, value: number): void {
    this.#sample(name, name, 'gauge', labels, value);
  }

  counter(name: string, labels: MetricLabels, value: number): void {
    this.#sample(name, name, 'counter', labels, value);
  }

  /** One line of a histogram: `suffix` is `_bucket`, `_sum` or `_count`. */
  histogram(name: string, suffix: string, labels: MetricLabels, value: number): void {
    this.#sample(name, `${name}${suffix}`, 'histogram', labels, value);
  }

  text(): string {
    const families = [...this.#families].map(
      ([name, { type, lines }]) => `# TYPE ${name} ${type}\n${lines.join('')}`,
    );
    return families.join('');
  }

  #sample(family: string, name: string, type: string, labels: MetricLabels, value: number): void {
    const known = this.#families.get(family) ?? { type, lines: [] };
    this.#families.set(family, known);
    const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
    known.lines.push(`${name}{${pairs.join(',')}} ${value}\n`);
  }
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
