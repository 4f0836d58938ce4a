// Literals that mean exactly the given text, in the languages of the samples.

// JavaScript, Python, Java, Go and C#: all of them read what JSON may escape.
export const quoted = (text: string): string => JSON.stringify(text);

// C++ had trigraphs before C++17: `??/` would be a backslash.
export const quotedForCpp = (text: string): string => quoted(text).replace(/(?<=\?)\?/g, '\\?');

// PHP: in double quotes, `$` would begin a variable.
export const quotedForPhp = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`;

// Shells: nothing is special between single quotes but the single quote.
export const quotedForShell = (text: string): string => `'${text.replace(/'/g, "'\\''")}'`;
