/** Numbers in a template. Source of the rules and words: Go's text/template/parse, node.go. */
import type { Token } from './lexer.ts';
import type { Operand } from './nodes.ts';
import { quoteGo } from './quote.ts';

/** @throws Error in Go's words */
export function numberOperand({ text, position }: Token): Operand {
  const plain = text
    .replaceAll('_', '')
    .replace(/^\+/, '')
    .replace(/^(-?)0([0-7]+)$/, '$10o$2');
  const negative = plain.startsWith('-');
  const value = Number(negative ? plain.slice(1) : plain) * (negative ? -1 : 1);
  if (Number.isNaN(value) || plain === '' || /^[+-]?\.?$/.test(plain)) throw new Error(`illegal number syntax: ${quoteGo(text)}`);
  const float = !/^-?0[xX]/.test(plain) && /[.eEpP]/.test(plain);
  if (!float && !Number.isSafeInteger(value)) throw new Error(`integer overflow: ${quoteGo(text)}`);
  return { type: 'number', position, text, float, value };
}
