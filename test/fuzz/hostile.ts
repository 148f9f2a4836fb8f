import type { Random } from "../chaos/random.js";

/** What somebody could write where a text, a number or an id is asked for. */

const texts: readonly string[] = [
  ...["", " ", "0", "null", "undefined", "true", "NaN", "{}", "[]", "nothing", "%", "_", "\\", "'", '"', "`"],
  ...["' OR 1=1 --", "'; DROP TABLE alerts; --", "%' OR '%'='", "$1", "{{7*7}}", "${7*7}", "<script>alert(1)</script>"],
  ...[
    "../../etc/passwd",
    "%00",
    "%ff",
    "\0",
    "a\0b",
    "\ud800",
    "\udfff",
    "\ufeff",
    "\u202e",
    "é",
    "e\u0301",
    "日本語",
    "😀",
  ],
  ...["__proto__", "constructor", "toString", "hasOwnProperty", "__typename", "-1", "1e400", "0x10", "٣", "1,000"],
  ...["2026-02-30", "2026-13-01", "0000-01-01", "9999-12-31", "+275760-09-13T00:00:00Z", "2026-01-01T00:00:00Z"],
  ...["2026-01-01T25:00:00Z", "-000001-01-01T00:00:00Z", "12.5", "-0", "00012", "1".repeat(40), `0.${"1".repeat(40)}`],
  ...["00000000-0000-0000-0000-000000000000", "local:00000000-0000-0000-0000-000000000000", "=", "====", "\n\r\t"],
  ...["a".repeat(501), "😀".repeat(300), "(".repeat(500), "x ".repeat(5_000)],
];

const numbers: readonly (number | string)[] = [
  ...[0, -1, 1, 2, 20, 99, 100, 101, 1_000_000, 2_147_483_647, -2_147_483_648, 0.5, -0.1],
  ...["2147483648", "1e3", "1e400", "99999999999999999999", "-0"],
];

export const hostileText = (random: Random): string => random.pick(texts) ?? "";
/** Short enough for a header or an address: Node itself refuses longer ones. */
export const shortText = (random: Random): string => hostileText(random).slice(0, 300);
export const hostileNumber = (random: Random): number | string => random.pick(numbers) ?? 0;

/** A text that was right, until something happened to it: a piece is gone, twice there, another, or in another order. */
export function damaged(random: Random, text: string): string {
  let result = text;
  for (let damages = 1 + random.below(3); damages > 0; damages--) {
    const at = random.below(result.length + 1);
    const length = 1 + random.below(8);
    const [before, piece, after] = [result.slice(0, at), result.slice(at, at + length), result.slice(at + length)];
    const other = String.fromCharCode(random.below(random.chance(0.8) ? 128 : 65_536));
    result =
      random.pick([before + after, before + piece + piece + after, before + other + after, after + piece + before]) ??
      "";
  }
  return result;
}

/** Something that JSON can say, whatever it is good for. */
export function hostileJson(random: Random, depth = 3): unknown {
  const kind = random.below(depth === 0 ? 4 : 7);
  if (kind === 0) return hostileText(random);
  if (kind === 1) return Number(hostileNumber(random));
  if (kind === 2) return random.chance(0.5);
  if (kind === 3) return null;
  const inner = Array.from({ length: random.below(4) }, () => hostileJson(random, depth - 1));
  if (kind === 4) return inner;
  return Object.fromEntries(inner.map((value) => [hostileText(random), value]));
}

/** Lists in lists, as deep as anybody could wish. */
export const nested = (levels: number): string => "[".repeat(levels) + "]".repeat(levels);
