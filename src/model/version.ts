/** The version of this tsrun: the same as package.json's (a test compares them). */
export const VERSION = '0.1.0';
