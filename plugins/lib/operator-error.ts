/** The names of errors that the operator has to mend: the program says them in one line, without a stack. */
export const operatorErrors = new Set(['ForeignProvider', 'OperatorError'])

/** An error that the operator has to mend, as a wrong variable. */
export const operatorError = (message: string, options?: ErrorOptions): Error =>
  Object.assign(new Error(message, options), { name: 'OperatorError' })
