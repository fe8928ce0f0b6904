/** A template that can't be parsed or filled in: the words of Go's text/template, which Docker's client shows. */

/** The caller says before it what failed, in the words of the command: `template parsing error: `, `failed to execute template: `. */
export class TemplateError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'TemplateError';
  }
}
