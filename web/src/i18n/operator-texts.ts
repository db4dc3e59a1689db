import type { Language } from '../model/language.ts';
import { sizeText } from '../model/operator.ts';
import { deOperator } from './de-operator.ts';
import { enOperator } from './en-operator.ts';
import { language, numbers } from './texts.ts';

/** The shape that every language fills. */
export type OperatorTexts = typeof enOperator;

/** The texts of the operator's page, in the language of the app. They come with that page in all languages. */
export const operatorTexts = ({ en: enOperator, de: deOperator } satisfies Record<Language, OperatorTexts>)[
  language
];

/** `6.3 KiB`, and in German `6,3 KiB`. */
export function sizeInWords(bytes: number): string {
  return sizeText(bytes, numbers);
}
