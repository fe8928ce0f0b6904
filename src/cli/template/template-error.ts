/** A template that can't be parsed or filled in: the words of Go's text/template, which Docker's client shows. */

/** The caller says whose it is: a list's `Template parsing error: `, an inspection's `template parsing error: `. */
export class TemplateError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'TemplateError';
  }
}
