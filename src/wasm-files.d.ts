/** Engines that import .wasm files give a compiled module; scripts/copy-generated.mjs writes the file. */
declare module '*.wasm' {
  const module: object;
  export default module;
}
