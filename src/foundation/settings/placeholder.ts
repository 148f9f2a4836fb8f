const placeholders =
  /change[-_ ]?(me|this|it)|placeholder|replace[-_ ]?(me|this|with)|your[-_ ]|example|insert[-_ ]|secret[-_ ]?(key|value|here)|^test|password|xxxxxx|1234567890|abcdefgh/i;

/** Random text of a secret's length has far more than eight different characters. */
const fewestDifferent = 8;

/** Whether somebody left in what an example or a habit put there. */
export function isPlaceholder(text: string): boolean {
  return placeholders.test(text) || new Set(text).size < fewestDifferent;
}
