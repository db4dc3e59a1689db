import { enOperator } from './en-operator.ts';

/** The shape that every language fills. */
type OperatorTexts = typeof enOperator;

/** The texts of the operator's page, in the language of the app. */
export const operatorTexts: OperatorTexts = enOperator;
