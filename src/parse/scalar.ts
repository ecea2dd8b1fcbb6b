/**
 * What a plain scalar means, decided by its source text alone, so that both parsers agree and `1.10` stays "1.10".
 *
 * Types are YAML 1.2's core schema (https://yaml.org/spec/1.2.2/#103-core-schema), with one restriction: a number is a
 * plain decimal. `08080`, `0x1F90`, `1e3`, `+5` stay text, so that a port written that way is reported instead of guessed.
 */

const DECIMAL = /^-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,15})?$/;

/** Everything that YAML 1.2's core schema reads as a number. */
const CORE_NUMBER =
  /^(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+|[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;

/** Plain text that only readers of YAML 1.1 take for something else: https://yaml.org/type/ */
const YAML_1_1_ONLY = [
  { reading: "a boolean", pattern: /^(?:y|Y|yes|Yes|YES|n|N|no|No|NO|on|On|ON|off|Off|OFF)$/ },
  { reading: "a number in base 60", pattern: /^[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/ },
  { reading: "a date", pattern: /^\d{4}-\d\d?-\d\d?(?:[Tt ].*)?$/ },
  { reading: "a number", pattern: /^[-+]?(?:[0-9]+(?:_[0-9]+)+|0b[01_]+)$/ },
] as const;

/** No reader has a use for a longer number or date, and the expressions would take their time. */
const LONGEST_READING = 100;

/** An IPv4 address, most often, which begins like a number and is none to any reader: one look at it instead of many. */
const DOTTED = /^[0-9]+\.[0-9]+\.[0-9]/;

const LETTER = 1;
const WORD = 2;
const LONGEST_WORD = "false".length;

/** What a plain scalar may be, told by its first character: 0 for what has to be looked at closely. */
const FIRST = Uint8Array.from({ length: 128 }, (_, code) => {
  const first = String.fromCharCode(code);
  if (/[0-9+.-]/.test(first)) return 0;
  return /[fnoty~]/i.test(first) ? WORD : LETTER;
});

/**
 * True where a plain scalar is text to every reader of YAML: it neither begins like a number nor is a short word that
 * begins like `null`, `true`, `yes`, `on` and their like. Says false too often rather than too seldom.
 */
export function canOnlyBeText(source: string, start: number, end: number): boolean {
  const first = FIRST[source.charCodeAt(start)];
  return first === LETTER || (first === WORD && end - start > LONGEST_WORD);
}

/** True for text that canOnlyBeText does not know, and that is text to every reader all the same: `10.1.2.3`. */
export function isDotted(text: string): boolean {
  return DOTTED.test(text);
}

/** The value of a plain scalar where a typed value is expected: null, boolean, number, or else its text. */
export function plainValue(text: string): string | number | boolean | null {
  switch (text) {
    case "":
    case "~":
    case "null":
    case "Null":
    case "NULL":
      return null;
    case "true":
    case "True":
    case "TRUE":
      return true;
    case "false":
    case "False":
    case "FALSE":
      return false;
    default: {
      const first = text.charCodeAt(0);
      const isDigitOrMinus = (first >= 48 && first <= 57) || first === 45;
      return isDigitOrMinus && DECIMAL.test(text) ? Number(text) : text;
    }
  }
}

/**
 * What YAML's core schema makes of a plain scalar that we keep as text: `1.10` → 1.1, `007` → 7, `True` → true.
 *
 * @param isLabel anything is text there: then a reading is `undefined` where it loses nothing, as that of `1`
 */
export function implicitReading(text: string, isLabel: boolean): number | boolean | undefined {
  const first = text.charCodeAt(0);
  if ((first >= 48 && first <= 57) || first === 43 || first === 45 || first === 46) {
    if (!CORE_NUMBER.test(text)) return undefined;
    const reading = coreNumber(text);
    return isLabel && String(reading) === text ? undefined : reading;
  }
  const value = plainValue(text);
  return typeof value === "boolean" && String(value) !== text ? value : undefined;
}

/** What readers of YAML 1.1 (PyYAML, Ansible, Ruby before 3.1) take plain text for, where it is text here: "a boolean". */
export function yaml11Reading(text: string): string | undefined {
  const first = text.charCodeAt(0);
  if (text.length > LONGEST_READING) return undefined;
  const mayMatch = (first >= 48 && first <= 57) || first === 43 || first === 45 || text.length <= 3;
  return mayMatch ? YAML_1_1_ONLY.find(({ pattern }) => pattern.test(text))?.reading : undefined;
}

function coreNumber(text: string): number {
  if (/^[-+]?\.(?:inf|Inf|INF)$/.test(text)) return text.startsWith("-") ? -Infinity : Infinity;
  if (/^\.(?:nan|NaN|NAN)$/.test(text)) return Number.NaN;
  return Number(text.startsWith("+") ? text.slice(1) : text);
}
