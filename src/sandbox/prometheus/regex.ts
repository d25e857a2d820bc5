/**
 * Compiles an RE2 pattern for JavaScript, anchored at both ends as Prometheus and Alertmanager do.
 * Throws a `SyntaxError` for what RE2 refuses although JavaScript would take it (look-around, back references).
 */
export function anchoredRegex(pattern: string): RegExp {
  const { flags, source } = withoutLeadingFlags(pattern);
  const forbidden = /\(\?(?:=|!|<=|<!)|\\[1-9]|\\k</.exec(withoutEscapedBackslashes(source));
  if (forbidden !== null) throw new SyntaxError(`invalid or unsupported Perl syntax: \`${forbidden[0]}\``);
  return new RegExp(`^(?:${translate(source)})$`, flags);
}

/** Expands `$1`, `${1}` and `$name` of a replacement by the groups of a match; unknown groups are empty. */
export function expandReplacement(template: string, match: RegExpExecArray): string {
  return template.replace(/\$(?:\$|\{(\w+)\}|(\w+))/g, (whole: string, braced?: string, bare?: string) => {
    const group = braced ?? bare;
    if (group === undefined) return whole === '$$' ? '$' : whole;
    return /^\d+$/.test(group) ? (match[Number(group)] ?? '') : (match.groups?.[group] ?? '');
  });
}

function withoutLeadingFlags(pattern: string): { flags: string; source: string } {
  const leading = /^\(\?([ims]+)\)/.exec(pattern);
  if (leading === null) return { flags: '', source: pattern };
  return { flags: [...new Set(leading[1])].join(''), source: pattern.slice(leading[0].length) };
}

function withoutEscapedBackslashes(pattern: string): string {
  return pattern.replaceAll('\\\\', '');
}

const POSIX_CLASSES: Readonly<Record<string, string>> = {
  alnum: '0-9A-Za-z',
  alpha: 'A-Za-z',
  digit: '0-9',
  lower: 'a-z',
  punct: '!-\\/:-@\\[-`{-~',
  space: '\\s',
  upper: 'A-Z',
  word: '\\w',
  xdigit: '0-9A-Fa-f',
};

function translate(source: string): string {
  return source
    .replace(/\(\?P</g, '(?<')
    .replace(/\\A/g, '^')
    .replace(/\\z/g, '$')
    .replace(/\[:(\w+):\]/g, (whole: string, name: string) => POSIX_CLASSES[name] ?? whole);
}
