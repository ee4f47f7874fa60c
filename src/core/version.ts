/** Of this package, as in package.json (a test compares them): written into every file that `compress` and `pack` make. */
export const VERSION = '0.1.0';
