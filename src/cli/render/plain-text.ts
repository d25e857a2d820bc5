/**
 * Other people's text as a terminal may see it: control and format characters (which could move the cursor, hide
 * or reverse what follows) become one visible mark each, a line break becomes a space.
 */
export function plainText(text: string): string {
  return text.replaceAll(/[\r\n\t]+/g, ' ').replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '·');
}
